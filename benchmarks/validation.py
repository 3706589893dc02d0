"""Validated documents a second, beside JSON Schema alone, which has neither all rules nor words."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from benchmarks.drawing import draw
from benchmarks.rows import Options, Row, median, spread
from chaim_conformance.bprint_validation import errors, problems
from chaim_conformance.contract import validator
from chaim_conformance.strategies import bprints, breakages

PEER = "jsonschema's iter_errors, on the contract's schema"


def measure(options: Options) -> list[Row]:
    """In turns, of documents that are valid and of those that break one rule."""
    count = options.size(500, 100)
    valid, _ = draw(bprints(), count, 1)
    broken = [one.document for one in draw(breakages(), count, 1)[0]]
    if any(errors(problems(one)) for one in valid) or not all(map(problems, broken)):
        raise RuntimeError("validation does not agree with the strategies")
    return [
        _row("valid .bprint documents, validated", valid, options),
        _row(".bprint documents that break a rule, validated", broken, options),
    ]


def _row(name: str, documents: list[Any], options: Options) -> Row:
    judge = validator("bprint")
    rates: tuple[list[float], list[float]] = ([], [])
    for _ in range(options.size(5, 2)):
        rates[0].append(_rate(problems, documents))
        rates[1].append(_rate(lambda one: list(judge.iter_errors(one)), documents))
    return Row(
        name=name,
        figure=median(rates[0]),
        unit="/s",
        peer=PEER,
        peer_figure=median(rates[1]),
        note=f"rounds {spread(rates[0])}",
    )


def _rate(validate: Callable[[Any], object], documents: list[Any]) -> float:
    begun = time.perf_counter()
    for document in documents:
        validate(document)
    return len(documents) / (time.perf_counter() - begun)
