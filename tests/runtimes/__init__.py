"""AWS's own runtime clients under ``runtime:``; ``tox -e runtimes`` has them."""
