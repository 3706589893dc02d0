"""B14 to B16: the bundle of each binding lies in its own place, and says what LOCAL says."""

from __future__ import annotations

from collections.abc import Iterator

from chaim_conformance.checks.binder.bound import construct_path, names_of, resources, said, same
from chaim_conformance.checks.binder.evidence import (
    DEPTH,
    Expected,
    absence,
    bundled_of,
    deployed_name,
    ended,
    expected,
    is_hostile,
    is_renamed,
    is_stale,
    is_twin,
    local_of,
    resource_id,
    successes,
    table_of,
)
from chaim_conformance.checks.binder.registry import judges
from chaim_conformance.checks.evidence import shown
from chaim_conformance.synth_scenario import App
from chaim_conformance.synth_transcript import (
    ASSETS,
    Publication,
    SeenFile,
    SynthRecord,
    SynthTranscript,
)
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation

SNAPSHOT = "snapshot.json"


@judges("B14")
def bundle_is_in_its_directory(t: SynthTranscript) -> Iterator[Finding]:
    """Snapshot and handler of each binding are below cdk.out, by stack and resourceId."""
    for record in successes(t):
        if isinstance(record, Blocked):
            yield _lost(record) if record.by == "B14" else record
            continue
        bundles = _bundles(record, t.app(record))
        for one in expected(t.app(record)):
            if one in bundles:
                yield _placed(t, record, one, bundles[one])
            elif (clause := no_bundle(t, record, one)) == "B14":
                yield _missing(record, one)
            elif clause:
                yield Blocked(by=clause, where=record)


def _lost(blocked: Blocked) -> Violation:
    assert isinstance(blocked.where, SynthRecord)
    return Violation(
        expected="the app's directory is found from wherever synth is run",
        seen=ended(blocked.where),
        where=blocked.where,
        hint="find cdk.json by walking up from where the app lies, not from the working directory",
    )


def _bundles(record: SynthRecord, app: App) -> dict[Expected, SeenFile]:
    """The snapshot of each binding where bundles belong: that of LOCAL's resourceId first.

    Another one may say much the same, and be of an earlier synth.
    """
    places = {id(file) for file in record.assets}
    found = {one: file for one, file in bundled_of(record, app).items() if id(file) in places}
    for one, local in local_of(record, app).items():
        path = f"{one.stack_name}/{resource_id(local.json)}/{SNAPSHOT}"
        for file in record.assets:
            if file.path == path and same(said(file.json), said(local.json)):
                found[one] = file
    return found


def no_bundle(t: SynthTranscript, record: SynthRecord, one: Expected) -> str | None:
    """The clause by which a binding has no bundle, ``None`` where it need not have one."""
    app = t.app(record)
    in_cdk = "aws-cdk" in t.capabilities
    bundles = _bundles(record, app) if in_cdk else bundled_of(record, app)
    if one not in local_of(record, app):
        return absence(t, record, one)
    if any(is_twin(app, one, other) for other in bundles):
        return None
    if is_hostile(one):
        return "B30"
    if in_cdk and any(not _is_own(other, file) for other, file in bundles.items()):
        return "B15"
    beside = any(table_of(app, one) == table_of(app, other) for other in bundles)
    return "B10" if beside else "B14" if in_cdk else "B23"


def _is_own(one: Expected, file: SeenFile) -> bool:
    """Whether a bundle's directory is of its binding alone."""
    return is_hostile(one) or file.path == f"{one.stack_name}/{resource_id(file.json)}/{SNAPSHOT}"


def _missing(record: SynthRecord, one: Expected) -> Violation:
    there = [file.path for file in record.assets]
    strays = [path for path in record.strays if "chaim/assets/" in path]
    seen = f"only {shown(there)} there" if there else f"nothing in {ASSETS}"
    hint = ""
    if strays:
        seen = f"{seen}; {strays[0]}"
        hint = "find cdk.json by walking up from where the app lies"
        if "node_modules/" in strays[0]:
            hint = (
                "that is the package's own folder: a cdk.json that is published with it is found"
                " before the app's; leave it out (`files` in package.json)"
            )
        if record.synth.elsewhere:
            hint = f"written below the working directory: {hint}"
    return Violation(
        expected=f"{ASSETS}/{one.stack_name}/{one.resource_id}/{SNAPSHOT}, of {one}",
        seen=seen,
        where=record,
        hint=hint,
    )


def _placed(t: SynthTranscript, record: SynthRecord, one: Expected, file: SeenFile) -> Finding:
    directory = file.path.removesuffix(SNAPSHOT)
    local = local_of(record, t.app(record)).get(one)
    # What the resourceId itself should be is B09's; a safe name for an unsafe one is B30's.
    ids = [resource_id(file.json), *([local.name.removesuffix(".json")] if local else [])]
    if is_hostile(one):
        ids.append("/".join(directory.split("/")[1:-1]))
    if directory not in [f"{one.stack_name}/{name}/" for name in ids if name]:
        if local and _has_wrong_stack(record, one, local, directory):
            return Blocked(by="B01", where=record)
        return Violation(
            expected=f"{ASSETS}/{one.stack_name}/{resource_id(file.json)}/{SNAPSHOT}, of {one}",
            seen=f"{ASSETS}/{file.path}",
            where=record,
        )
    beside = [
        other
        for other in record.assets
        if other.path.startswith(directory) and other.path != file.path and other.content
    ]
    if not beside:
        return Violation(
            expected=f"the handler beside {ASSETS}/{file.path}",
            seen=f"no other file in {ASSETS}/{directory}",
            where=record,
        )
    return Upheld(where=record)


def _has_wrong_stack(record: SynthRecord, one: Expected, local: SeenFile, directory: str) -> bool:
    """Whether LOCAL snapshot and bundle go by one name, which is not the stack's."""
    parts = local.path.split("/")
    return (
        len(parts) == DEPTH
        and parts[3] != deployed_name(record, one)
        and directory == f"{parts[3]}/{resource_id(local.json)}/"
    )


@judges("B15")
def bundles_are_isolated(t: SynthTranscript) -> Iterator[Finding]:
    """No two bindings share a directory, none publishes another's, none an earlier synth's."""
    for record in successes(t):
        if isinstance(record, Blocked):
            yield record
            continue
        app = t.app(record)
        bundles = _bundles(record, app)
        before = {file.path for file in _earlier(t, record)}
        for one in expected(app):
            if one not in bundles:
                clause = no_bundle(t, record, one)
                if clause == "B15":
                    yield _shared(record, one, bundles)
                elif clause:
                    yield Blocked(by=clause, where=record)
            elif is_renamed(t, record, one):
                yield Blocked(by="B09", where=record)
            elif complaint := _not_its_own(t, record, one, bundles[one]):
                expected_, seen = complaint
                yield Violation(expected=expected_, seen=seen, where=record)
            elif len(bundles) > 1 or bundles[one].path in before:
                yield Upheld(where=record)


def _shared(record: SynthRecord, one: Expected, bundles: dict[Expected, SeenFile]) -> Violation:
    other, file = next((o, f) for o, f in bundles.items() if not _is_own(o, f))
    return Violation(
        expected=f"a directory of its own for {one}",
        seen=f"{ASSETS}/{file.path} has what {other} publishes, and there is no other",
        where=record,
    )


def _earlier(t: SynthTranscript, record: SynthRecord) -> list[SeenFile]:
    """The bundled snapshots that earlier synths left."""
    records = t.records[: t.records.index(record)]
    return [file for before in records for file in before.assets if file.name == SNAPSHOT]


def _not_its_own(
    t: SynthTranscript, record: SynthRecord, one: Expected, bundle: SeenFile
) -> tuple[str, str] | None:
    app = t.app(record)
    local = local_of(record, app).get(one)
    if local is None:
        return None
    if is_old_bundle(t, record, bundle, local):
        return f"{ASSETS}/{bundle.path} with what {one} is now", "the file of an earlier synth"
    own = resource_id(local.json)
    for publication in record.publications:
        found = _published_id(publication)
        if found is None or publication.stack not in names_of(one.stack):
            continue
        inside = _is_inside(record, one, publication)
        who = f"what {publication.logical_id} publishes, of {one}"
        if inside and found != own:
            return f"{who}: {shown(own)}", f"the bundle of {shown(found)}"
        if (inside or found == own) and _is_old_publication(t, record, publication, local):
            return f"{who}: what it is now", "the bundle of an earlier synth"
    if other := has_anothers(record, app, one, own):
        return f"its own bundle for what publishes {one}", f"a second one with that of {other}"
    return None


def has_anothers(record: SynthRecord, app: App, one: Expected, own: object) -> str:
    """Whose bundle is deployed twice while that of the binding, whose id is ``own``, is not.

    Empty: its own is, or there is no more that publishes than what has the others' bundles.
    """
    in_stack = [p for p in record.publications if p.stack in names_of(one.stack)]
    ids = [_published_id(publication) for publication in in_stack]
    if own in ids or len(ids) < len([other for other in expected(app) if other.stack == one.stack]):
        return ""
    return str(next((found for found in ids if found is not None and ids.count(found) > 1), ""))


def _published_id(publication: Publication) -> object:
    snapshot = publication.snapshot
    readable = snapshot is not None and isinstance(snapshot.json, dict)
    return resource_id(snapshot.json) if snapshot is not None and readable else None


def is_old_bundle(
    t: SynthTranscript, record: SynthRecord, bundle: SeenFile, local: SeenFile
) -> bool:
    """Whether a bundle was there before, while LOCAL says something new."""
    return bundle in _earlier(t, record) and not same(said(bundle.json), said(local.json))


def _is_inside(record: SynthRecord, one: Expected, publication: Publication) -> bool:
    """Whether the template has a publication of its stack inside the binding's construct."""
    resource = resources(record, publication.stack).get(publication.logical_id) or {}
    inside = "/".join((one.stack.id, *one.binding.scopes, one.binding.id))
    path = construct_path(resource)
    return f"/{inside}/" in f"/{path}/"


def _is_old_publication(
    t: SynthTranscript, record: SynthRecord, publication: Publication, local: SeenFile
) -> bool:
    """Whether what is deployed is what another process bundled.

    Within one process CDK itself keeps what it read of a directory.
    """
    return any(
        before.snapshot == publication.snapshot
        for earlier in t.records[: t.records.index(record)]
        if earlier.synth.process != record.synth.process
        for before in earlier.publications
        if (before.stack, before.logical_id) == (publication.stack, publication.logical_id)
    ) and not same(said(publication.snapshot and publication.snapshot.json), said(local.json))


@judges("B16")
def bundle_says_what_local_says(t: SynthTranscript) -> Iterator[Finding]:
    """The bundled snapshot is the LOCAL one, as JSON values, but for the moment of capture."""
    for record in successes(t):
        if isinstance(record, Blocked):
            yield record
            continue
        app = t.app(record)
        local, bundles = local_of(record, app), bundled_of(record, app)
        for one in expected(app):
            if one not in local or one not in bundles:
                if clause := no_bundle(t, record, one):
                    yield Blocked(by=clause, where=record)
            else:
                yield _compared(t, record, one, local[one], bundles[one])


def _compared(
    t: SynthTranscript, record: SynthRecord, one: Expected, local: SeenFile, bundle: SeenFile
) -> Finding:
    want, have = said(local.json), said(bundle.json)
    if same(want, have):
        return Upheld(where=record)
    if is_old_bundle(t, record, bundle, local):
        return Blocked(by="B15", where=record)
    if is_stale(t, record, one):
        return Blocked(by="B04", where=record)
    differing = [key for key in {**want, **have} if not same(want.get(key), have.get(key))]
    key = differing[0] if differing else next(iter(want.keys() ^ have.keys()))
    return Violation(
        expected=f"`{key}`: {shown(want.get(key))}, as in {local.path}",
        seen=f"`{key}`: {shown(have.get(key))} in {bundle.path}",
        where=record,
    )
