"""The ``.bprint`` files of an app: each with an entity and a canary of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from itertools import product

from hypothesis import strategies as st

from chaim_conformance.strategies.bprint_fields import Dialect, Document
from chaim_conformance.strategies.bprints import bprints
from chaim_conformance.strategies.bundles import as_text
from chaim_conformance.strategies.pools import CANARY
from chaim_conformance.synth_scenario import Schema

FOLDERS = ("schemas", ".", "schemas/of the team", "gr\u00f6\u00dfe/\u6ce8\u6587")
# Names that look like another resource's id when they are joined to a table's.
ENTITIES: dict[Dialect, tuple[str, ...]] = {
    1: (
        *("Payment", "User", "Order", "Bestellung", "\u6ce8\u6587"),
        *("b__c", "Payment__2", "order-item", "two words"),
    ),
    2: ("Payment", "User", "OrderLine", "X", "A1"),  # PascalCase, in ASCII
}
entities = {dialect: st.sampled_from(names) for dialect, names in ENTITIES.items()}
folders = st.sampled_from(FOLDERS)
# Indentation, and whether non-ASCII characters are escaped.
spellings = st.sampled_from(tuple(product((2, None, 4), (False, True))))


@dataclass(kw_only=True)
class Shelf:
    """The schemas of one app, drawn when they are asked for; one number is one file."""

    dialect: Dialect
    drawn: dict[int, Schema] = field(default_factory=dict)
    entities: set[str] = field(default_factory=set)

    def schema(self, draw: st.DrawFn, number: int) -> Schema:
        """The schema of this number."""
        if number not in self.drawn:
            self.drawn[number] = self._draw(draw, number)
        return self.drawn[number]

    def _draw(self, draw: st.DrawFn, number: int) -> Schema:
        document = draw(bprints(dialect=self.dialect, max_fields=3))
        entity, n = draw(entities[self.dialect]), 1
        while entity in self.entities:
            n += 1
            entity = f"{entity}{n}"
        self.entities.add(entity)
        indent, ascii_only = draw(spellings)
        text = as_text(
            marked({**document, "entityName": entity}, number),
            indent=indent,
            ascii_only=ascii_only,
        )
        folder = draw(folders)
        name = f"entity{number}.bprint"
        return Schema(file=name if folder == "." else f"{folder}/{name}", text=text)


def marked(document: Document, number: int) -> Document:
    """The same document; the canary in its description is this file's, and no field has it."""
    description = str(document.get("description", ""))
    found = CANARY.match(description)
    rest = description[found.end() + 1 :] if found else description
    return {**document, "description": f"{file_canary(number)} {rest}"}


def file_canary(number: int) -> str:
    """The mark of one file; those that are drawn for fields are of digits alone."""
    return f"canaryfile{number:02d}"


@cache
def shelves(dialect: Dialect) -> st.SearchStrategy[Shelf]:
    """An empty shelf."""
    return st.builds(Shelf, dialect=st.just(dialect))
