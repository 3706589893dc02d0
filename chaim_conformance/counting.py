"""Whether a clause counts: under the pinned version of the contract, and while it is disputed."""

from __future__ import annotations

from chaim_conformance.contract import Clause, contract_version
from chaim_conformance.errors import UsageError


def supported_pins() -> tuple[str, ...]:
    """The versions that ``contract = `` may name: the kit's own, and the minor one before it."""
    major, minor = _parts(contract_version())
    return tuple(f"{major}.{one}" for one in (minor, minor - 1) if one >= 0)


def require_supported(pin: str) -> None:
    """Raises :class:`UsageError` for a version of the contract that this kit does not judge by."""
    pins = supported_pins()
    if pin not in pins:
        raise UsageError(
            f"contract: {pin!r}, expected {' or '.join(map(repr, pins))}, which this version of the"
            " kit judges by; pin one of them, or install a version of the kit that has yours"
        )


def is_newer(clause: Clause, pin: str) -> bool:
    """Whether the clause came after the pinned version, which is judged without it."""
    return _parts(clause.since) > _parts(pin)


def is_new(clause: Clause, pin: str) -> bool:
    """Whether the clause came with the pinned version, if that is no first one."""
    return clause.since == pin and _parts(pin)[1] > 0


def reservations(clause: Clause, *, pin: str, odd: bool) -> tuple[str, ...]:
    """Why a violation of the clause does not fail a run, in a word or two each.

    Nothing where it does. ``odd`` is a verdict's: only odd input shows it.
    """
    words = {
        "odd": odd,
        "SHOULD": clause.level == "SHOULD",
        "disputed": bool(clause.disputed),
        f"new in {clause.since}": is_new(clause, pin),
    }
    return tuple(word for word, is_so in words.items() if is_so)


def _parts(version: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    return int(major), int(minor)
