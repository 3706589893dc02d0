"""Lives of entities that share a table, from one deployment to the next, as a state machine.

To binders it is what :mod:`~.strategies.stories` are to handlers: it makes up a scenario and plays
nothing. Its model says which entities are bound, so that a story makes sense.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from functools import cache

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from chaim_conformance.strategies.bprint_fields import Document
from chaim_conformance.strategies.bundles import as_text
from chaim_conformance.synth_scenario import (
    App,
    Binding,
    Config,
    Index,
    Key,
    Schema,
    Synth,
    SynthCredentials,
    SynthScenario,
    SynthStack,
    Table,
)

Tell = Callable[[SynthScenario], None]

# With a secret it would take the SDK to deploy.
CONFIG = Config(credentials=SynthCredentials(kind="keys"))
_PK, _SK = Key(name="PK"), Key(name="SK")
SHARED = Table(
    id="Shared",
    name="shared",
    partition_key=_PK,
    sort_key=_SK,
    global_indexes=(Index(name="GSI1", partition_key=_SK, sort_key=_PK),),
    ttl_attribute="TTL",
)
RENAMED = "Renamed"


def _text(entity: str, *names: str) -> str:
    return as_text(
        {
            "schemaVersion": 1.0,
            "entityName": entity,
            "description": f"{entity} of the shared table",
            "primaryKey": {"partitionKey": "PK", "sortKey": "SK"},
            "fields": [
                {"name": name, "type": "string", "required": name in ("PK", "SK")}
                for name in ("PK", "SK", *names)
            ],
        }
    )


ENTITIES = (_text("User", "email"), _text("Order", "userId", "total"), _text("Product", "title"))

# Now and then two things change between one deployment and the next.
togethers = st.sampled_from((False, False, True))
places = st.sampled_from((-1, 0))


def sharing(texts: Mapping[int, str], *, table: Table, config: Config = CONFIG) -> App:
    """An app that binds these texts, by number, to one table."""
    bindings = tuple(
        Binding(
            id=f"Binding{number}",
            schema=Schema(file=f"schemas/entity{number}.bprint", text=text),
        )
        for number, text in texts.items()
    )
    stack = SynthStack(tables=(table,), bindings=bindings)
    return App(stacks=(stack,), configs=(config,))


class EntityLife(RuleBasedStateMachine):
    """Makes up one life and hands it to ``tell``; subclasses say of which entities and table.

    Rules read the model alone: ``there`` has the document of each entity that is bound, in the
    order of the bindings, which keep their ids: a renamed construct is beyond any handler.
    """

    texts: tuple[str, ...] = ENTITIES
    table: Table = SHARED
    config: Config = CONFIG

    def __init__(self) -> None:
        super().__init__()
        self.documents: list[Document] = [json.loads(text) for text in self.texts]
        self.there: dict[int, Document] = {}
        self.apps: list[App] = []
        self.versions = 0

    def tell(self, scenario: SynthScenario) -> None:
        """Takes the life when it is over."""

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        """The first deployment binds one entity, or several."""
        numbers = st.sampled_from(range(len(self.documents)))
        for number in data.draw(st.lists(numbers, min_size=1, unique=True)):
            self.there[number] = self.documents[number]
        self._deploy(together=False)

    @precondition(lambda self: len(self.there) < len(self.documents))
    @rule(data=st.data(), place=places, together=togethers)
    def add(self, data: st.DataObject, place: int, together: bool) -> None:
        """An entity comes, or comes again, before or behind the others."""
        absent = [n for n in range(len(self.documents)) if n not in self.there]
        number = data.draw(st.sampled_from(absent))
        added = {number: self.documents[number]}
        self.there = self.there | added if place else added | self.there
        self._deploy(together=together)

    @precondition(lambda self: self.there)
    @rule(data=st.data(), together=togethers)
    def change(self, data: st.DataObject, together: bool) -> None:
        """An entity's schema becomes another one, of the same name."""
        number = self._one(data)
        self.versions += 1
        self._becomes(number, description=f"canary{self.versions:06d} version {self.versions}")
        self._deploy(together=together)

    @precondition(lambda self: self.there)
    @rule(data=st.data(), together=togethers)
    def rename(self, data: st.DataObject, together: bool) -> None:
        """An entity gets another name, or its first one again."""
        number = self._one(data)
        own = self.documents[number]["entityName"]
        now = self.there[number]["entityName"]
        self._becomes(number, entityName=own if now != own else f"{own}{RENAMED}")
        self._deploy(together=together)

    @precondition(lambda self: self.there)
    @rule(data=st.data(), together=togethers)
    def remove(self, data: st.DataObject, together: bool) -> None:
        """An entity goes, be it the last one."""
        del self.there[self._one(data)]
        self._deploy(together=together)

    def _one(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from(sorted(self.there)))

    def _becomes(self, number: int, **fields: str) -> None:
        self.there = {**self.there, number: {**self.there[number], **fields}}

    def _deploy(self, *, together: bool) -> None:
        if together and len(self.apps) > 1:
            self.apps.pop()
        texts = {number: as_text(document) for number, document in self.there.items()}
        self.apps.append(sharing(texts, table=self.table, config=self.config))

    def teardown(self) -> None:
        """Hands the life over, unless Hypothesis broke it off."""
        if self.apps and sys.exc_info()[0] is None:
            synths = tuple(Synth(app=number) for number in range(len(self.apps)))
            self.tell(SynthScenario(apps=tuple(self.apps), synths=synths, deploys=True))


@cache
def entity_lives(
    texts: tuple[str, ...] = ENTITIES, *, table: Table = SHARED, config: Config = CONFIG
) -> Callable[[Tell], type[EntityLife]]:
    """State machines that tell lives of these entities, texts of ``.bprint`` files, to a function.

    A life is a scenario that deploys: entities of one table and one configuration are added,
    changed, renamed and removed in any order, one or two between deployments. Without ``texts``
    they are a User, an Order and a Product. :func:`~.fixtures.assert_registry_follows` plays them.

    >>> from hypothesis.stateful import run_state_machine_as_test
    >>> from chaim_conformance.strategies import entity_lives
    >>> def test_my_runner(scenario):
    ...     assert scenario.deploys
    >>> run_state_machine_as_test(entity_lives()(test_my_runner))
    """

    def machine(tell: Tell) -> type[EntityLife]:
        told = {
            "texts": texts,
            "table": table,
            "config": config,
            "tell": lambda self, scenario: tell(scenario),
        }
        return type("EntityLife", (EntityLife,), told)

    return machine
