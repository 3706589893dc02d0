"""Verified uploads: the plane's bucket beside moto's server and beside a bare server."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks.processes import serving
from benchmarks.raw_client import Connection, put, rate
from benchmarks.rows import Options, Row, Target, median, spread
from chaim_conformance.strategies.bundles import flat_snapshot

SIZE = 4096
CONNECTIONS = 4


def measure(options: Options) -> list[Row]:
    """PUTs a second to each server, in turns, every server in a process of its own."""
    rounds, size = options.size(7, 3), options.size(3000, 600)
    count = size * (rounds + 1)  # no URL is used twice
    body = snapshot()
    body_file = options.scratch / "body.json"
    body_file.write_bytes(body)
    rates: dict[str, list[float]] = {}
    with ExitStack() as stack:
        turns = {}
        for name, per_round, arguments in (
            ("plane", size, (str(body_file), str(count))),
            ("moto", size // 10, (str(count // 10),)),  # so that no round takes much longer
            ("bare", size, ()),
        ):
            facts = stack.enter_context(serving(f"benchmarks.servers.{name}", *arguments))
            port, targets = facts["port"], facts["targets"]
            if name == "plane":
                require_verification(port, targets[0], body)
            turns[name] = _turn(targets, body, port, per_round, stack)
        for turn in turns.values():
            next(turn)  # warm-up
        for _ in range(rounds):
            for name, turn in turns.items():
                rates.setdefault(name, []).append(next(turn))
    middle = {name: median(found) for name, found in rates.items()}
    return [
        Row(
            name="verified PUTs of 4 KB to the bucket",
            figure=middle["plane"],
            unit="/s",
            peer="moto's server, which verifies nothing",
            peer_figure=middle["moto"],
            target=Target(value=7, bound="at least", of="ratio"),
            note=f"{CONNECTIONS} keep-alive connections, rounds {spread(rates['plane'])}",
        ),
        Row(
            name="verified PUTs of 4 KB to the bucket",
            figure=middle["plane"],
            unit="/s",
            peer="bare asyncio and h11",
            peer_figure=middle["bare"],
            target=Target(value=0.6, bound="at least", of="ratio"),
            note=f"bare rounds {spread(rates['bare'])}",
        ),
    ]


def _turn(
    targets: list[str], body: bytes, port: int, per_round: int, stack: ExitStack
) -> Iterator[float]:
    """The rate of one round after the other, over the same connections."""
    connections = [Connection(port) for _ in range(CONNECTIONS)]
    for connection in connections:
        stack.callback(connection.close)
    targets_in_turn = itertools.cycle(targets)
    while True:
        round_targets = itertools.islice(targets_in_turn, per_round)
        yield rate(connections, [put(target, body, port=port) for target in round_targets])


def snapshot() -> bytes:
    """A snapshot of exactly that many bytes."""
    fields = [{"name": "id", "type": "string"}]
    schema = {"entityName": "Payment", "description": "", "fields": fields}
    document = flat_snapshot(schema, app_id="benchmark", captured_at="2026-01-15T14:30:00Z")
    schema["description"] = "x" * (SIZE - len(json.dumps(document)))
    return json.dumps(document).encode()


def require_verification(port: int, target: str, body: bytes) -> None:
    """Makes sure that what is measured does verify: the last digit of a signature decides."""
    spoilt = target[:-1] + ("0" if target[-1] != "0" else "1")
    connection = Connection(port)
    for tried, expected in ((target, 200), (spoilt, 403)):
        connection.send(put(tried, body, port=port))
        if (status := connection.status()) != expected:
            raise RuntimeError(f"an upload was answered {status}, {expected} was expected")
    connection.close()
