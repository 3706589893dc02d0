"""The reference provider for the Chaim ingest contract."""
