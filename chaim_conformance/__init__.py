"""The conformance test kit for the Chaim ingest contract.

Load it with ``pytest -p chaim_conformance``, or run ``chaim-conformance check``.
"""

__version__ = "0.1.0"

# What `-p chaim_conformance` loads; a plain import of the package stays light.
pytest_plugins = ["chaim_conformance.plugin"]
