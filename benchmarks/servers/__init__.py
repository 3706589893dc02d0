"""The servers that take uploads, each a program of its own: ``python -m benchmarks.servers.X``."""
