"""B19 to B21: what cannot be bound is refused, by name and reason, and leaves no trace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from chaim_conformance.bprint_validation import Problem
from chaim_conformance.checks.binder.evidence import (
    Expected,
    bundled_of,
    ended,
    expected,
    listed,
    local_of,
    unsuccessful,
)
from chaim_conformance.checks.binder.grounds import (
    config_complaint,
    faults,
    is_invalid,
    must_refuse,
    unreadable,
)
from chaim_conformance.checks.binder.registry import judges
from chaim_conformance.synth_transcript import SeenFile, SynthRecord, SynthTranscript
from chaim_conformance.verdict import Finding, Upheld, Violation

# Words that say nothing about what is wrong.
EMPTY_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        a an and any are as at be been bprint but by cannot could did do document does
        error errors expected fail failed fails failure file for from got has have here in
        invalid is it its json key line message must name no not of on one or path problem
        schema should than that the there this to too unexpected valid validate validation
        value was were what when where which while with wrong your
        """,
    )
)
# In which words else a rule's breach may be told; where there is no path to be named, which is the
# same in all languages, in some of Europe's too.
OTHER_WORDS = {
    "object": {"object", "mapping", "dict", "dictionary", "record", "objekt", "objet", "objeto"},
    "no-other-keys": {"unknown", "additional", "unrecognized", "unrecognised", "extra", "allowed"},
    "unique-names": {"unique", "duplicate", "duplicated", "duplicates", "twice", "already"},
    "unique-nested-names": {"unique", "duplicate", "duplicated", "duplicates", "twice", "already"},
    "reserved-word": {"reserved", "keyword", "keywords"},
    "pattern-compiles": {"regex", "regexp", "regular", "expression", "compile"},
}
UNREADABLE = {
    "missing": re.compile(
        r"not (?:be )?found|exist|enoent|missing|no (?:such )?file|absent|open|read|locate"
        r"|fehlt|gefunden|vorhanden|introuvable|manqu|falta|encontr",
        re.I,
    ),
    "extension": re.compile(
        r"\.?bprint\b|extensi[oó]n|suffix|file type|\bends?\b|\bend(?:ung|et)", re.I
    ),
    "json": re.compile(
        r"json|pars|syntax|token|decod|malformed|delimiter|character|line \d|position", re.I
    ),
}
WHAT = {
    "missing": "that there is no such file",
    "extension": "that a schema's file ends in .bprint",
    "json": "that it is no JSON",
}


CONFIGS = {
    "appId": "the appId is empty",
    "credentials": "there are no credentials",
    "secret": "the secret is named by neither a name nor an ARN of Secrets Manager",
}


@judges("B19")
def invalid_schema_is_refused(t: SynthTranscript) -> Iterator[Finding]:
    """A schema that breaks a rule is refused with its file and fault; one that breaks none is not.

    The rules are the contract's, read by the kit itself.
    """
    for record in t.records:
        blocked = unsuccessful(t, record)
        if blocked is not None and blocked.by == "B19" and "B19" not in must_refuse(t.app(record)):
            yield Violation(
                expected="the schema is accepted: it breaks no rule of .bprint files",
                seen=ended(record),
                where=record,
            )
        culprits = [one for one in expected(t.app(record)) if is_invalid(one)]
        yield from _refused(t, "B19", record, culprits)


@judges("B20")
def unreadable_schema_is_refused(t: SynthTranscript) -> Iterator[Finding]:
    """A file that is missing, called otherwise, or no JSON is refused likewise."""
    for record in t.records:
        culprits = [one for one in expected(t.app(record)) if unreadable(one.binding.schema)]
        yield from _refused(t, "B20", record, culprits)


@judges("B21")
def bad_config_is_refused(t: SynthTranscript) -> Iterator[Finding]:
    """An empty appId, missing credentials and a malformed reference end in an error."""
    for record in t.records:
        app = t.app(record)
        complaints = [c for one in expected(app) if (c := config_complaint(one.config))]
        blocked = unsuccessful(t, record)
        if not complaints:
            continue
        if blocked is not None and blocked.by != "B21":
            yield blocked
        elif blocked is not None:
            yield Violation(
                expected=f"an error: {CONFIGS[complaints[0]]}", seen=ended(record), where=record
            )
        elif must_refuse(app) == ("B21",):
            yield Upheld(where=record)


def _refused(
    t: SynthTranscript, clause: str, record: SynthRecord, culprits: list[Expected]
) -> Iterator[Finding]:
    """Whether these bindings are refused as they should be."""
    blocked = unsuccessful(t, record)
    if not culprits:
        return
    if blocked is not None and blocked.by != clause:
        yield blocked
    elif blocked is not None:
        yield Violation(
            expected=f"an error that names {_file(culprits[0])} and says {_reason(culprits[0])}",
            seen=ended(record),
            where=record,
            hint="a crash is no refusal: nobody is told why" if record.outcome == "crashed" else "",
        )
    elif must_refuse(t.app(record)) == (clause,):
        yield _told(record, culprits) or _traces(t, record, culprits) or Upheld(where=record)


def _file(one: Expected) -> str:
    return PurePosixPath(one.binding.schema.file).name


def _reason(one: Expected) -> str:
    kind = unreadable(one.binding.schema)
    if kind:
        return WHAT[kind]
    return f"what is wrong: {faults(one.binding.schema.text or '')[0]}"


def _told(record: SynthRecord, culprits: list[Expected]) -> Violation | None:
    """A violation where the message does not say which file, or not what is wrong in it."""
    message = record.refusal.message if record.refusal else ""
    named = [one for one in culprits if _file(one) in message]
    if any(_tells(message, one) for one in named):
        return None
    one = (named or culprits)[0]
    return Violation(
        expected=f"an error that names {_file(one)} and says {_reason(one)}",
        seen=ended(record),
        where=record,
        hint="the file is not named" if not named else "it does not say what is wrong",
    )


def _tells(message: str, one: Expected) -> bool:
    """Whether a message has a word of what is wrong; the file's name is none."""
    rest = re.sub(rf"\S*{re.escape(_file(one))}\S*", " ", message)
    kind = unreadable(one.binding.schema)
    if kind:
        return bool(UNREADABLE[kind].search(rest))
    said = _words(rest)
    return any(said & _telling(problem) for problem in faults(one.binding.schema.text or ""))


def _telling(problem: Problem) -> set[str]:
    words = _words(f"{problem.path} {problem.rule} {problem.message}") - EMPTY_WORDS
    words = {word for word in words if len(word) > 1 and not word.isdigit()}
    return words | OTHER_WORDS.get(problem.rule, set())


def _words(text: str) -> set[str]:
    """Words and numbers, also those that a name is made of, in small letters and the singular."""
    whole = re.findall(r"\w+", text)
    parts = [part for word in whole for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]{2,}", word)]
    words = {word.lower() for word in (*whole, *parts)}
    return words | {word[:-1] for word in words if word.endswith("s") and len(word) > 3}


def _traces(t: SynthTranscript, record: SynthRecord, culprits: list[Expected]) -> Violation | None:
    """A violation where something of these bindings was written, or an earlier snapshot is gone."""
    app, base = t.app(record), record.synth.default_base
    earlier = t.records[: t.records.index(record)]
    before = next((one for one in reversed(earlier) if one.synth.default_base == base), None)
    sound = [one for one in expected(app) if one not in culprits]
    local, bundled = local_of(record, app), bundled_of(record, app)
    own = {local[one].path for one in sound if one in local}
    folders = {bundled[one].path.rpartition("/")[0] for one in sound if one in bundled}
    ids = {one.resource_id for one in sound}
    new_local = _new(record.local, before.local if before else ())
    new_assets = _new(record.assets, earlier[-1].assets if earlier else ())
    traces = {
        "written": [path for path in new_local if path not in own]
        + [path for path in new_assets if _is_bundles(path, folders, ids)],
        "gone": _gone(t, record, before, culprits) if before else [],
    }
    if not any(traces.values()):
        return None
    return Violation(
        expected=f"nothing written for {culprits[0]}, and what was there before left as it was",
        seen="; ".join(f"{what}: {listed(paths)}" for what, paths in traces.items() if paths),
        where=record,
        hint="read and check all of the schema before anything is written",
    )


def _new(files: tuple[SeenFile, ...], before: tuple[SeenFile, ...]) -> list[str]:
    """The files that were not there before, or are others now."""
    return [file.path for file in files if file not in before]


def _is_bundles(path: str, folders: set[str], ids: set[str]) -> bool:
    """Whether a file is part of a bundle that is not of these folders or resourceIds."""
    parts = path.split("/")
    of_others = any(path.startswith(f"{folder}/") for folder in folders)
    return len(parts) > 2 and not of_others and not any(p.startswith(i) for p in parts for i in ids)


def _gone(
    t: SynthTranscript, record: SynthRecord, before: SynthRecord, culprits: list[Expected]
) -> list[str]:
    """The LOCAL snapshots that an earlier synth left of these bindings, and that are gone."""
    places = {(one.stack_name, one.binding.scopes, one.binding.id) for one in culprits}
    schemas = {(one.stack_name, one.binding.schema.file) for one in culprits}
    kept = {file.path for file in record.local}
    return [
        file.path
        for one, file in local_of(before, t.app(before)).items()
        if file.path not in kept
        and (
            (one.stack_name, one.binding.scopes, one.binding.id) in places
            or (one.stack_name, one.binding.schema.file) in schemas
        )
    ]
