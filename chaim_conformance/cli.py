"""``chaim-conformance``: the same judgement for those who do not know pytest."""

from __future__ import annotations

import argparse
import io
import os
import sys
import textwrap
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

from chaim_conformance import __version__
from chaim_conformance.commands import (
    check,
    clauses,
    compare,
    debug,
    doctor,
    explain,
    init,
    judge,
    replay,
    serve,
    tables,
    validate,
    wheelhouse,
)
from chaim_conformance.errors import HarnessError, UsageError
from chaim_conformance.exit_codes import EXIT_CODES, Exit

COMMANDS = (
    check,
    replay,
    judge,
    compare,
    debug,
    explain,
    clauses,
    validate,
    tables,
    doctor,
    init,
    serve,
    wheelhouse,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns its exit code, as the epilog of the help has them."""
    for stream in (sys.stdout, sys.stderr):  # a terminal may lack what a story is told with
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        options = _parser().parse_args(arguments)
        code = int(options.command(options))
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # whoever read what was printed has gone, `head` for one
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.INTERRUPTED
    except UsageError as error:
        message = str(error)
        if message.startswith("--chaim-"):  # pytest's name of the same flag
            message = f"--{message.removeprefix('--chaim-')}"
        print(f"chaim-conformance: {message}", file=sys.stderr)
        return Exit.USAGE
    except KeyboardInterrupt:
        print("chaim-conformance: interrupted", file=sys.stderr)
        return Exit.INTERRUPTED
    except HarnessError as error:
        print(f"chaim-conformance: {error}", file=sys.stderr)
        return Exit.INTERNAL_ERROR
    except Exception:  # Python's own exit code would say that there are violations
        traceback.print_exc()
        return Exit.INTERNAL_ERROR


class _Lines(argparse.HelpFormatter):
    def _fill_text(self, text: str, width: int, indent: str) -> str:
        """Keeps lines apart, and words whole: what is an example can be copied."""
        return "\n".join(
            textwrap.fill(
                line,
                width,
                initial_indent=indent,
                subsequent_indent=indent,
                break_on_hyphens=False,
                break_long_words=False,
            )
            for line in text.splitlines()
        )


class _Parser(argparse.ArgumentParser):
    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=_Lines, **options)

    def error(self, message: str) -> NoReturn:
        """Leaves the exit code to :func:`main`."""
        raise UsageError(f"{message}\n{self.format_usage().rstrip()}")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="chaim-conformance",
        usage="%(prog)s [-h] [--version] COMMAND ...",  # for all to fit a screen
        description="Judges a provider by the Chaim ingest contract.",
        epilog=f"example: chaim-conformance check --handler node:index.js\n{EXIT_CODES}",
        add_help=False,
    )
    quiet = argparse.SUPPRESS
    parser.add_argument("-h", "--help", action="help", help=quiet)
    version = f"chaim-conformance {__version__}"
    parser.add_argument("--version", action="version", version=version, help=quiet)
    commands = parser.add_subparsers(
        required=True, metavar="COMMAND", title="commands (COMMAND --help says more)"
    )
    for command in COMMANDS:
        command.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
