"""``chaim-conformance wheelhouse``: what a machine without a network needs to install the kit."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from chaim_conformance.exit_codes import Exit


def add(commands: Any) -> None:
    """Adds the command to those of a parser (what ``add_subparsers`` gives)."""
    wheelhouse = commands.add_parser(
        "wheelhouse",
        help="fill a folder from which the kit is installed offline",
        description="Fills a folder with the wheels of the kit and of all that it needs, and a"
        " requirements.txt with their hashes, for machines with this system and this Python.",
        epilog="example: chaim-conformance wheelhouse wheels aws-cdk-lib",
    )
    wheelhouse.add_argument("directory", metavar="DIR", type=Path, help="new, or empty")
    wheelhouse.add_argument(
        "also", metavar="REQUIREMENT", nargs="*", help="more to have there: pytest-xdist, say"
    )
    wheelhouse.add_argument(
        "--kit", metavar="WHAT", help="path, URL or requirement; default: where this one came from"
    )
    wheelhouse.set_defaults(command=_wheelhouse)


def _wheelhouse(options: argparse.Namespace) -> int:
    from chaim_conformance.wheelhouse import fill, install_command, origin

    kit = options.kit or origin()
    print(f"wheels of {kit} and what it needs, by pip", flush=True)
    wheels = fill(options.directory, kit, *options.also)
    print(f"{len(wheels)} wheels in {options.directory}; where there is no network:")
    print(f"  {install_command(options.directory)}")
    return Exit.CONFORMANT
