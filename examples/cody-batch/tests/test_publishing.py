"""What the stack bundles is deployed to a service of the conformance kit: ``-p chaim_conformance``.

The handler is that of ``chaim.toml``, which is the one that lies in every bundle.
"""

from __future__ import annotations

import json
from typing import Any

from synthesized import Synthesized
from test_bindings import IDS, entities, local

from chaim_conformance.fixtures import (
    Attempt,
    Bundle,
    BundleFactory,
    CloudFormation,
    Fault,
    assert_conformant,
)


def bundled(make: BundleFactory, stack: Synthesized, entity: str, **changes: Any) -> Bundle:
    """What a deployment of this entity runs from."""
    snapshot = stack.snapshots()[local(entity)] | changes
    return make(snapshot=snapshot, app_id="cody-batch", credentials="secret-name")


@entities
def test_an_entity_is_published_changed_and_deleted(
    cloudformation: CloudFormation, bundle: BundleFactory, stack: Synthesized, entity: str
) -> None:
    schema = stack.snapshots()[local(entity)]["schema"]
    more = {**schema, "fields": [*schema["fields"], {"name": "note", "type": "string"}]}
    created = cloudformation.create(bundled(bundle, stack, entity))
    updated = cloudformation.update(bundled(bundle, stack, entity, schema=more))
    deleted = cloudformation.delete()
    published = [json.loads(one.uploads[0].body) for one in (created, updated, deleted)]
    assert [one["schema"] for one in published] == [schema, more, None]
    assert [one.state for one in cloudformation.transcript.entities] == ["deleted"]
    assert_conformant(cloudformation.transcript)


def test_the_stack_is_deployed_though_chaim_is_away(
    cloudformation: CloudFormation, bundle: BundleFactory, stack: Synthesized
) -> None:
    away = Attempt(presign=(Fault(kind="refuse", status=503),))
    created = cloudformation.create(bundled(bundle, stack, "Job"), away)
    assert created.answer.status == "SUCCESS"
    assert_conformant(cloudformation.transcript, "H50", "H53")


def test_all_bundles_have_one_handler(stack: Synthesized) -> None:
    handlers = {(stack.bundle(name) / "index.py").read_bytes() for name in IDS.values()}
    assert len(handlers) == 1
