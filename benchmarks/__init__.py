"""What the kit costs, measured beside peers in the same run: ``tox -e benchmarks``."""
