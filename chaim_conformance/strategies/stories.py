"""Stories: what befalls a stack whose entities share a table, as a Hypothesis state machine.

The machine makes up a scenario and plays nothing: its model says which entities are there, so that
a story makes sense; whether the service agrees is for the checks to say.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from chaim_conformance.scenario import OK, Attempt, Bundle, Fault, Operation, RequestType, Scenario
from chaim_conformance.strategies.bundles import TABLE, Format, as_text, bundles
from chaim_conformance.strategies.faults import ACCESS_DENIED, FORBIDDEN

Tell = Callable[[Scenario], None]

ENTITIES = ("Order", "OrderItem", "Customer")
WARM, COLD = Attempt(), Attempt(start="cold")
# The upload is accepted, and the handler never hears of it.
UNHEARD = Attempt(bucket=(Fault(kind="lost"),))
# The same event comes twice at once: one waits for presign while the other is delivered.
AT_ONCE = (Attempt(presign=(Fault(kind="held"), OK)), Attempt(start="beside"))
REFUSED = Attempt(presign=(FORBIDDEN,))
# Refusals that invite nobody to wait and try again, so that stories go fast.
FAILING = (REFUSED, Attempt(bucket=(ACCESS_DENIED,)), UNHEARD)
TRIES: tuple[tuple[Attempt, ...], ...] = (
    (WARM,),
    (WARM, WARM),
    (WARM, COLD),
    AT_ONCE,
    (UNHEARD, WARM),
    (UNHEARD, COLD),
    (UNHEARD, COLD, WARM),
    (REFUSED, WARM),
    (FAILING[1], COLD),
    *((attempt,) for attempt in FAILING),
)
ENDINGS = ("", "", "", "fails", "fails-meanwhile")
entities = st.integers(0, len(ENTITIES) - 1)
tries = st.sampled_from(TRIES)
endings = st.sampled_from(ENDINGS)
aftermaths = st.sampled_from((*((WARM,),) * 3, (COLD,), (UNHEARD, COLD), (REFUSED,)))


def about(bundle: Bundle, entity: str, version: int) -> Bundle:
    """The bundle of another entity of the same table, in some version of its schema."""
    document: dict[str, Any] = json.loads(bundle.snapshot or "{}")
    description = f"canary{version:06d} version {version}"
    schema = {**document["schema"], "entityName": entity, "description": description}
    document |= {"schema": schema}
    resource_id = f"{TABLE}__{entity}"
    if "identity" in document:
        known = document["identity"]
        document["identity"] = {
            **known,
            "entityName": entity,
            "resourceId": resource_id,
            "entityId": f"{known['appId']}:{entity}",
            "bindingId": f"{known['appId']}:{known['stableResourceKey']}:{entity}",
        }
    else:
        document["resourceId"] = resource_id
    return replace(bundle, snapshot=as_text(document))


class StackStory(RuleBasedStateMachine):
    """Makes up one story and hands it to ``tell``; subclasses say for which snapshot formats.

    Rules read the model alone: ``there`` has the version of each entity that a stack would have
    whose publisher makes no mistake.
    """

    formats: tuple[Format, ...] = ("1.0", "3.0")

    def __init__(self) -> None:
        super().__init__()
        self.deployments: list[Bundle] = []
        self.operations: list[Operation] = []
        self.there: dict[int, int] = {}
        self.versions = 0

    def tell(self, scenario: Scenario) -> None:
        """Takes the story when it is over."""

    @initialize(data=st.data())
    def choose_a_table(self, data: st.DataObject) -> None:
        """A table, and how its entities are published."""
        self.one = data.draw(bundles(formats=self.formats))

    @rule(entity=entities, attempts=tries, sibling=endings, aftermath=aftermaths)
    def publish(self, entity: int, attempts: Any, sibling: Any, aftermath: Any) -> None:
        """A new entity, or a new version of one."""
        kind: RequestType = "Update" if entity in self.there else "Create"
        self.versions += 1
        self.deployments.append(about(self.one, ENTITIES[entity], self.versions))
        self._ask(kind, entity, len(self.deployments) - 1, attempts, sibling, aftermath)
        if not sibling and not self._fails(attempts):
            self.there[entity] = len(self.deployments) - 1

    @precondition(lambda self: self.there)
    @rule(data=st.data(), attempts=tries)
    def remove(self, data: st.DataObject, attempts: Any) -> None:
        """An entity goes."""
        entity = data.draw(st.sampled_from(sorted(self.there)))
        self._ask("Delete", entity, self.there[entity], attempts, "", (WARM,))
        if not self._fails(attempts):
            del self.there[entity]

    def _ask(
        self,
        kind: RequestType,
        entity: int,
        bundle: int,
        attempts: tuple[Attempt, ...],
        sibling: Any,
        aftermath: tuple[Attempt, ...],
    ) -> None:
        self.operations.append(
            Operation(
                request_type=kind,
                resource=entity,
                bundle=bundle,
                attempts=attempts,
                sibling=sibling,
                aftermath=aftermath,
            )
        )

    def _fails(self, attempts: tuple[Attempt, ...]) -> bool:
        return self.one.failure_mode == "STRICT" and attempts[-1] in FAILING

    def teardown(self) -> None:
        """Hands the story over, unless Hypothesis broke it off."""
        if self.operations and sys.exc_info()[0] is None:
            operations = tuple(self.operations)
            self.tell(Scenario(bundles=tuple(self.deployments), operations=operations, stack=True))


@cache
def stories(formats: tuple[Format, ...]) -> Callable[[Tell], type[StackStory]]:
    """State machines that tell stories in these formats to a function.

    >>> from hypothesis.stateful import run_state_machine_as_test
    >>> from chaim_conformance.strategies import stories
    >>> def test_my_runner(scenario):
    ...     assert scenario.stack
    >>> run_state_machine_as_test(stories(("1.0",))(test_my_runner))
    """

    def machine(tell: Tell) -> type[StackStory]:
        told = {"formats": formats, "tell": lambda self, scenario: tell(scenario)}
        return type("StackStory", (StackStory,), told)

    return machine
