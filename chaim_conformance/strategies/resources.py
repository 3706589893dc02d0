"""Apps with resources of another kind of data store than DynamoDB: what the schema allows."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

from chaim_conformance.datastores import DataStore
from chaim_conformance.other_datastores import Declared, declarations, of_kind
from chaim_conformance.synth_scenario import SynthScenario

# More tables that differ hardly any scenario has.
MOST_DIFFERENT = 6


def declared(store: DataStore) -> st.SearchStrategy[Declared]:
    """What a resource of this kind declares: any of its properties, each with any value."""
    options = {name: st.sampled_from(values) for name, values in store.values.items()}
    return st.fixed_dictionaries({}, optional=options).map(lambda one: tuple(sorted(one.items())))


@cache
def scenarios_of_kind(
    source: st.SearchStrategy[SynthScenario], store: DataStore
) -> st.SearchStrategy[SynthScenario]:
    """Scenarios of this source, with drawn resources of the kind in place of the tables."""
    some = st.lists(declared(store), min_size=1, max_size=MOST_DIFFERENT, unique=True)
    return st.builds(
        lambda scenario, kinds: of_kind(scenario, store, kinds),
        source,
        some if declarations(store) != ((),) else st.just([()]),
    )
