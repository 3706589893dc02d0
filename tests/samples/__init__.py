"""Sample violations, ``contract/violations.json``: how they are made, and that they are true."""
