"""Runs all benchmarks, or those named: ``python -m benchmarks [--quick] [NAME ...]``."""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.report import as_json, heading, surroundings, table
from benchmarks.rows import Options, Row

NAMES = (
    *("documents", "validation", "tables", "uploads", "attempts"),
    *("bundles", "lifecycles", "profiles", "first_impressions", "memory"),
    *("synths", "binder_profiles", "synth_memory"),
)
RESULTS = Path(__file__).parent / "RESULTS.md"


def main() -> int:
    """Prints a table; a missed target is no failure, a benchmark that breaks is."""
    options = _parser().parse_args()
    where = surroundings()
    rows: list[Row] = []
    if options.scratch:
        options.scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="chaim-benchmarks-", dir=options.scratch) as scratch:
        for name in options.names or NAMES:
            begun = time.monotonic()
            print(f"{name} ...", file=sys.stderr, flush=True)
            module = importlib.import_module(f"benchmarks.{name}")
            place = Path(scratch) / name
            place.mkdir()
            found = module.measure(Options(scratch=place, quick=options.quick))
            print(f"{table(found)}{time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
            rows += found
    text = f"{heading(where, quick=options.quick)}\n{table(rows)}"
    print(text)
    if options.json:
        options.json.write_text(as_json(rows, where, quick=options.quick), encoding="utf-8")
    if options.write:
        RESULTS.write_text(f"# One run of the benchmarks\n\n{text}", encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="less of everything, to try it out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name} beside this")
    parser.add_argument("--scratch", type=Path, metavar="DIR", help="for temporary files")
    return parser


if __name__ == "__main__":
    sys.exit(main())
