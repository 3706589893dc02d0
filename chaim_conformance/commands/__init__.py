"""The commands of ``chaim-conformance``, a module each: its ``add`` puts it into the parser.

A command gets the parsed options and returns an exit code; nothing that costs is imported before.
"""
