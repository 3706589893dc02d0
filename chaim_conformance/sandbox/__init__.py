"""The plane as a sandbox: an author points a half-written handler at it, and watches.

:class:`~chaim_conformance.sandbox.sandbox.Sandbox` is the service with one customer,
``sandbox.control`` its state and its faults over HTTP, with a small page; ``sandbox.lines`` are the
words for a terminal.
"""
