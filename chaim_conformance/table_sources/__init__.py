"""Tables as infrastructure tools and AWS describe them, read into the kit's own form.

A module a source (``cloudformation``, ``terraform``, ``pulumi``, ``described``, ``own_form``), each
a pure function from a document to what it says of tables; ``files`` recognizes which one a file is
of, ``live`` asks an account.
"""

from chaim_conformance.table_sources.files import read_table_files
from chaim_conformance.table_sources.reading import Reading, ReadTable

__all__ = ["ReadTable", "Reading", "read_table_files"]
