"""Valid ``.bprint`` documents: the kit's strategy beside hypothesis-jsonschema's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.processes import ROOT
from benchmarks.rows import Options, Row, Target, median, number, spread
from chaim_conformance.contract import schema, validator

REQUIREMENTS = Path(__file__).parent / "peer-requirements.txt"
CONDITIONAL = ("if", "then", "else", "allOf")


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One round: documents, those of them that the contract's validator accepts, and seconds."""

    documents: int
    valid: int
    seconds: float

    @property
    def rate(self) -> float:
        """Valid documents a second."""
        return self.valid / self.seconds


def measure(options: Options) -> list[Row]:
    """Draws in turns, each strategy in a new process; validation is outside the time taken."""
    schema_file = options.scratch / "bprint.schema.json"
    schema_file.write_text(json.dumps(unconditional(schema("bprint"))), encoding="utf-8")
    peer_python = make_environment(options.scratch / "peer")
    rounds = options.size(5, 1)
    kit, peer = [], []
    for at in range(1, rounds + 1):
        kit.append(_draw(sys.executable, "kit", options.size(1000, 300), at))
        peer.append(_draw(peer_python, "jsonschema", 30, at, str(schema_file)))
    rates = [one.rate for one in kit]
    return [
        Row(
            name="valid .bprint documents",
            figure=median(rates),
            unit="/s",
            peer="hypothesis-jsonschema, on the schema without its conditions",
            peer_figure=median([one.rate for one in peer]),
            target=Target(value=400, bound="at least"),
            note=f"valid: {_share(kit)} of the kit's, {_share(peer)} of the peer's "
            f"{number(sum(p.documents for p in peer) / sum(p.seconds for p in peer))}/s; "
            f"rounds {spread(rates)}",
        )
    ]


def unconditional(value: Any) -> Any:
    """The schema without if, then and else: its first document takes the peer a minute else.

    Its documents are judged by the whole schema all the same.
    """
    if isinstance(value, dict):
        return {k: unconditional(v) for k, v in value.items() if k not in CONDITIONAL}
    return [unconditional(one) for one in value] if isinstance(value, list) else value


def make_environment(directory: Path) -> str:
    """A virtual environment with the peer; its Python."""
    venv.create(directory, with_pip=True)
    scripts = "Scripts" if os.name == "nt" else "bin"
    python = str(directory / scripts / "python")
    install = [python, "-m", "pip", "install", "--quiet", "--requirement", str(REQUIREMENTS)]
    subprocess.run(install, check=True, stderr=subprocess.DEVNULL)
    return python


def _draw(python: str, *arguments: object) -> Drawn:
    command = [python, "-m", "benchmarks.drawing", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    found = json.loads(done.stdout)
    judge = validator("bprint")
    valid = sum(judge.is_valid(document) for document in found["documents"])
    return Drawn(documents=len(found["documents"]), valid=valid, seconds=found["seconds"])


def _share(rounds: list[Drawn]) -> str:
    valid = sum(one.valid for one in rounds) / sum(one.documents for one in rounds)
    return f"{valid:.0%}"
