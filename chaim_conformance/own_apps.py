"""Apps made of an author's own tables and schemas, for binders to be judged on.

Which schema is bound to which table is decided by their keys: :func:`bound` has the rule.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chaim_conformance import binder_examples
from chaim_conformance.bprint_files import files_below
from chaim_conformance.bprint_validation import errors, read_bprint
from chaim_conformance.config import ProviderConfig
from chaim_conformance.errors import UsageError
from chaim_conformance.synth_scenario import App, Binding, Config, Schema, SynthStack, Table
from chaim_conformance.table_sources import Reading, read_table_files

# An app has so many bindings, and more only where one table has: a stack takes 500 resources.
MOST_BINDINGS = 12
# Tables that notes name one by one.
MOST_TOLD = 10
# What schemas without tables are bound to, and what tables without schemas have.
TABLES = (binder_examples.TABLES["named"], binder_examples.TABLES["rich-unnamed"])
SCHEMAS = (binder_examples.PAYMENT, binder_examples.ORDER)

Pairs = tuple[tuple[Table, tuple[Schema, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class OwnApps:
    """What there is to play, and what an author should know of how it was read."""

    apps: tuple[App, ...] = ()
    notes: tuple[str, ...] = ()


def own_apps(provider: ProviderConfig) -> OwnApps:
    """The apps of what ``tables`` and ``schemas`` of the provider name; none where neither does.

    Raises :class:`UsageError` for a file that cannot be read, a table that was not read as a whole,
    and a schema that is none.
    """
    if not provider.tables and not provider.schemas:
        return OwnApps()
    if provider.tables and provider.datastore_schema is not None:
        raise UsageError(
            "tables: these are DynamoDB's, and datastore_schema says that the binder binds another"
            " kind of data store; name schemas alone"
        )
    reading = _read(provider.tables, provider.root)
    schemas = read_schemas(provider.schemas, provider.root)
    tables = tuple(one.table for one in reading.tables if one.table is not None)
    pairs = bound(tables or TABLES, schemas) if schemas else tuple((t, SCHEMAS) for t in tables)
    return OwnApps(apps=tuple(_apps(pairs)), notes=(*_told(pairs), *_notes(reading)))


def bound(tables: Sequence[Table], schemas: Sequence[Schema]) -> Pairs:
    """Each table with the schemas that are bound to it: one at least, and each schema somewhere.

    A schema goes to the table whose keys are those that it declares; else to one whose partition
    key is; among several such to the one whose name has the entity's in it, or the first. The kit's
    own tables have every schema. A table that is left over has the schema that suits it best.
    """
    if tables is TABLES:
        require_different(TABLES[0], schemas)
        return tuple((table, tuple(schemas)) for table in tables)
    documents = [(one, json.loads(one.text or "")) for one in schemas]
    of_table: dict[int, list[Schema]] = {number: [] for number in range(len(tables))}
    for schema, document in documents:
        best = max(of_table, key=lambda number: _suits(document, tables[number]))
        of_table[best].append(schema)
    for number, some in of_table.items():
        if not some:
            best_one = max(documents, key=lambda one: _suits(one[1], tables[number]))
            some.append(best_one[0])
    pairs = tuple((tables[number], tuple(some)) for number, some in of_table.items())
    for pair in pairs:
        require_different(*pair)
    return pairs


def _suits(document: dict[str, Any], table: Table) -> tuple[int, bool]:
    """How well a schema's key is that of a table, and whether the table is called like it."""
    key = document.get("primaryKey") or {}
    declared = [key.get("partitionKey"), key.get("sortKey")]
    if "identity" in document:
        fields = document["identity"].get("fields") or [None]
        declared = [*fields, None][:2]
    own = [table.partition_key.name, table.sort_key.name if table.sort_key else None]
    keys = 2 if declared == own else int(declared[0] == own[0])
    return keys, document["entityName"].lower() in (table.name or table.id).lower()


def require_different(table: Table, schemas: Sequence[Schema]) -> None:
    """Raises :class:`UsageError` where two entities of a table would be one."""
    files: dict[str, str] = {}
    for schema in schemas:
        name = json.loads(schema.text or "")["entityName"]
        if (other := files.setdefault(name, schema.file)) != schema.file:
            raise UsageError(
                f"schemas: {other} and {schema.file} both say entityName {name!r}, and suit the"
                f" table {table.name or table.id}: name the one that is to be bound"
            )


def read_tables(files: Sequence[Path], root: Path) -> tuple[Table, ...]:
    """The tables of these files; raises :class:`UsageError` where one cannot be read as a whole."""
    return tuple(one.table for one in _read(files, root).tables if one.table is not None)


def _read(files: Sequence[Path], root: Path) -> Reading:
    reading = read_table_files(files, named=lambda path: _relative(path, root))
    lacking = [f"  {one.address}: {why}" for one in reading.tables for why in one.unread]
    if lacking:
        raise UsageError(
            "tables: what a binder is to be judged on could not be read as a whole:\n"
            + "\n".join(lacking)
            + "\nchaim-conformance tables FILE shows what was read; with --json it prints tables"
            " that can be completed by hand, and be named instead"
        )
    return reading


def read_schemas(paths: Sequence[Path], root: Path) -> tuple[Schema, ...]:
    """The ``.bprint`` files of these paths; raises :class:`UsageError` where one is none."""
    return tuple(_schemas(paths, root))


def _schemas(paths: Sequence[Path], root: Path) -> Iterator[Schema]:
    taken: set[str] = set()
    for path in files_below(paths, "schemas"):
        wrong = errors(read_bprint(path)[1])
        if wrong:
            place = f":{wrong[0].line}:{wrong[0].column}" if wrong[0].line else ""
            raise UsageError(
                f"schemas: {path}{place}: {wrong[0].message} ({wrong[0].rule});"
                " chaim-conformance validate shows all that is wrong"
            )
        file, number = _file(path, root), 1
        while file in taken:  # of other repos, in folders that are not told apart
            number += 1
            file = f"schemas/{number}/{path.name}"
        taken.add(file)
        yield Schema(file=file, text=path.read_bytes().decode())


def _file(path: Path, root: Path) -> str:
    """Where the file lies in the app's directory: as in the repo, if it is of the repo."""
    relative = _relative(path, root)
    outside = Path(relative).is_absolute() or relative.startswith("..")
    return f"schemas/{path.name}" if outside else relative


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _apps(pairs: Pairs) -> Iterator[App]:
    """Tables of one kind together, as long as there is room; what is refused takes no other along.

    What is bound in one app shares one configuration, and no two tables in it have one name: two
    files may tell of the same table.
    """
    for kind in dict.fromkeys(table.construct for table, _ in pairs):
        some: list[tuple[Table, tuple[Schema, ...]]] = []
        for pair in (pair for pair in pairs if pair[0].construct == kind):
            is_full = sum(len(schemas) for _, schemas in (*some, pair)) > MOST_BINDINGS
            names = [table.name for table, _ in some if table.name is not None]
            if some and (is_full or pair[0].name in names):
                yield _app(some)
                some = []
            some.append(pair)
        yield _app(some)


def _app(pairs: Sequence[tuple[Table, tuple[Schema, ...]]]) -> App:
    bindings = [
        Binding(id=f"Binding{number}", schema=schema, table=table)
        for number, (table, schema) in enumerate(
            ((place, one) for place, (_, some) in enumerate(pairs) for one in some), 1
        )
    ]
    stack = SynthStack(tables=tuple(table for table, _ in pairs), bindings=tuple(bindings))
    return App(stacks=(stack,), configs=(Config(),))


def _told(pairs: Pairs) -> Iterator[str]:
    """What is played first, a line for each table, as long as these can be read."""
    for table, schemas in pairs[:MOST_TOLD]:
        source = f" of {table.source}" if table.source else ""
        names = (json.loads(one.text or "")["entityName"] for one in schemas)
        yield f"played first: table {table.name or table.id}{source} with {', '.join(names)}"
    if more := len(pairs[MOST_TOLD:]):
        yield f"played first: {more} more"


def _notes(reading: Reading) -> Iterator[str]:
    yield from (f"tables: {one.address}: {note}" for one in reading.tables for note in one.notes)
    yield from (f"tables: {note}" for note in reading.notes)
