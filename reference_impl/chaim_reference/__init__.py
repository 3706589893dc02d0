"""The reference provider for the Chaim ingest contract."""

__version__ = "0.1.0"
