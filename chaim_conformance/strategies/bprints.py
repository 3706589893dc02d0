"""``.bprint`` documents of both dialects, always valid."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

from chaim_conformance.errors import UsageError
from chaim_conformance.strategies.bprint_fields import (
    Dialect,
    Document,
    booleans,
    canaries,
    distinct,
    fields,
)
from chaim_conformance.strategies.bprint_palettes import PALETTES, Palette

ENTITIES = ("Payment", "User", "Order", "Bestellung", "\u6ce8\u6587")
ENTITIES_2 = ("Payment", "User", "OrderLine", "X", "A1")  # PascalCase, in ASCII
ODD_ENTITIES = (*ENTITIES, "__proto__", "a b", "\U0001f9be")
ODD_ENTITIES_2 = (*ENTITIES_2, "Object", "Constructor", "Null")
VERSIONS = (1.0, 1, 1.1)
VERSIONS_2 = ("2.0", 2.1, 2, "2.10")

# The type of a second field of the key, if it has one.
sorts = st.sampled_from((None, "string", "number", "timestamp"))
heads = {
    (dialect, odd): (st.sampled_from(versions), st.sampled_from(entities))
    for dialect, odd, versions, entities in (
        (1, False, VERSIONS, ENTITIES),
        (1, True, VERSIONS, ODD_ENTITIES),
        (2, False, VERSIONS_2, ENTITIES_2),
        (2, True, VERSIONS_2, ODD_ENTITIES_2),
    )
}
# Of a chain of lists and maps, which stands in some odd documents.
chain_lengths = st.sampled_from((0, 0, 0, 20, 40))


def bprints(
    *, dialect: Dialect = 1, max_fields: int = 6, odd: bool = False
) -> st.SearchStrategy[Document]:
    """Valid ``.bprint`` documents as plain JSON data, of the first dialect or of dialect 2.

    Names, descriptions and defaults carry canaries (``canary`` and six digits). The key is made of
    declared fields, ``id`` first. Beside them stand up to ``max_fields`` fields of every type the
    dialect has; one document in twenty is long, with up to eight times as many. Maps and lists of
    dialect 2 stand up to four deep in one another. Numbers are exact in every language.

    ``odd=True`` adds what no platform makes and the contract allows: numbers that a double does
    not hold, texts of ten thousand characters, names such as ``__proto__``, deep nesting.

    Shrinks towards one string field named ``id``.

    >>> from hypothesis import given
    >>> from chaim_conformance.strategies import bprints
    >>> @given(bprints(dialect=2, max_fields=3))
    ... def test_my_reader(document):
    ...     assert document["identity"]["fields"][0] == "id"
    >>> test_my_reader()
    """
    if dialect not in (1, 2):
        raise UsageError(f"bprints(dialect={dialect!r}): there are dialects 1 and 2; pass one")
    if max_fields < 0:
        raise UsageError(f"bprints(max_fields={max_fields}): expected 0 or more; 0 draws the key")
    return _documents(dialect, max_fields, odd)


@cache
def _documents(dialect: Dialect, max_fields: int, odd: bool) -> st.SearchStrategy[Document]:
    return _document(dialect, _counts(max_fields), PALETTES[odd], odd)


def _counts(max_fields: int) -> st.SearchStrategy[int]:
    """How many fields stand beside the key: few as a rule, many now and then."""
    few = tuple(range(max_fields + 1)) * max(1, 57 // (max_fields + 1))
    many = tuple(times * max_fields for times in (3, 5, 8))
    return st.sampled_from(sorted((*few, *many)))


@st.composite
def _document(
    draw: st.DrawFn,
    dialect: Dialect,
    counts: st.SearchStrategy[int],
    palette: Palette,
    odd: bool,
) -> Document:
    versions, entities = heads[dialect, odd]
    key: Document = {"name": "id", "type": "string", "required": True}
    document: Document = {"schemaVersion": draw(versions), "entityName": draw(entities)}
    description = f"{draw(canaries)} {draw(palette.texts)}"
    if dialect == 1 or not draw(booleans):
        document["description"] = description
    else:
        key["description"] = description
    declared = [key]
    sort = draw(sorts)
    if sort is not None:
        declared.append({"name": "sortedBy", "type": sort})
    if dialect == 2:
        document["identity"] = {"fields": [field["name"] for field in declared]}
    elif sort is None:
        document["primaryKey"] = {"partitionKey": "id"}
    else:
        document["primaryKey"] = {"partitionKey": "id", "sortKey": "sortedBy"}
    one = fields(dialect, palette)
    declared += [draw(one) for _ in range(draw(counts))]
    if odd and dialect == 2 and (length := draw(chain_lengths)):
        declared.append(_chain(length))
    document["fields"] = distinct(declared)
    return document


def _chain(length: int) -> Document:
    """A field that leads through so many lists and maps."""
    inner: Document = {"type": "string"}
    for level in range(length):
        if level % 2:
            inner = {"type": "map", "fields": [{"name": f"level{level}", **inner}]}
        else:
            inner = {"type": "list", "items": inner}
    return {"name": "chain", **inner}
