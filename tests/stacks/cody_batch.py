"""Cody Batch in the kit's words, what plays it, and faults that can be planted in it."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.drivers import open_enclosure
from chaim_conformance.drivers.binder_locator import open_binder
from chaim_conformance.plane import Plane, PlaneServer
from chaim_conformance.synth_calls import environment
from chaim_conformance.synth_runner import SynthRunner
from chaim_conformance.synth_scenario import (
    App,
    Binding,
    Config,
    Index,
    Key,
    Schema,
    Synth,
    SynthCredentials,
    SynthStack,
    Table,
)
from tests.examples.copies import EXAMPLES, Edit, folder_of

NAME = "cody-batch"
PROGRAM = Path(__file__).with_name("cody_batch_binder.py")
# It is large, and starts a process of Node: where it is, it is not imported here.
needs_cdk = pytest.mark.skipif(
    any(find_spec(package) is None for package in ("aws_cdk", "chaim_reference")),
    reason="needs aws-cdk-lib and the reference provider: tox -e cody-batch",
)

# Faults to plant in a copy.
# A binder of the app's own, beside the reference's, which forgets that items expire.
TTL_LOST: Edit = (
    "\n__all__",
    """
from dataclasses import replace


class ChaimDynamoDBBinder(ChaimDynamoDBBinder):
    def describe(self):
        store = super().describe()
        kept = {name: one for name, one in store.metadata.items() if name != "ttlAttribute"}
        return replace(store, metadata=kept)


__all__""",
)
# The tables forget it.
NOTHING_EXPIRES: Edit = ('time_to_live_attribute="expiresAt"', "time_to_live_attribute=None")
# Jobs run as they would by the plan's own code, without a role.
JOBS_WITHOUT_A_ROLE: Edit = ("job_role=self.role,", "")

# The app
ENTITIES = ("Job", "Repository")
IN_DATA = ("Data",)
JOBS = Table(
    id="JobsTable",
    scopes=IN_DATA,
    partition_key=Key(name="jobId"),
    global_indexes=(
        Index(
            name="status-createdAt-index",
            partition_key=Key(name="status"),
            sort_key=Key(name="createdAt"),
        ),
    ),
    ttl_attribute="expiresAt",
)
REPOSITORIES = Table(
    id="RepositoriesTable",
    scopes=IN_DATA,
    partition_key=Key(name="jobId"),
    sort_key=Key(name="repositoryName"),
    global_indexes=(Index(name="status-index", partition_key=Key(name="status")),),
    ttl_attribute="expiresAt",
)
CONFIG = Config(
    app_id="cody-batch", credentials=SynthCredentials(secret="cody-batch/chaim-credentials")
)


def document(entity: str) -> dict[str, Any]:
    """The entity's ``.bprint`` file."""
    path = EXAMPLES / NAME / "schemas" / f"{entity}.bprint"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def app(*entities: str, account: str | None = "123456789012", **documents: Any) -> App:
    """The app with these entities bound, and other documents of some if need be.

    ``account`` is the stack's.
    """
    bindings = tuple(
        Binding(
            id=f"{entity}Binding",
            scopes=IN_DATA,
            schema=Schema(
                file=f"schemas/{entity}.bprint",
                text=json.dumps(documents.get(entity, document(entity)), indent=2),
            ),
            table=ENTITIES.index(entity),
            config=ENTITIES.index(entity),
        )
        for entity in entities
    )
    stack = SynthStack(
        id="CodyBatchStack", account=account, tables=(JOBS, REPOSITORIES), bindings=bindings
    )
    return App(stacks=(stack,), configs=(CONFIG, CONFIG))


@contextmanager
def real_stack(directory: Path, *edits: Edit) -> Iterator[SynthRunner]:
    """What plays scenarios of the real stack: each of its synths is one of the example's app."""
    root = folder_of(NAME, directory, *edits)
    shutil.copy(PROGRAM, root)
    python = shlex.quote(sys.executable)
    provider = ProviderConfig(root=root, binder=f"command:{python} {PROGRAM.name}")
    settings = Settings()
    enclosure = open_enclosure(settings.containment, serves_the_kit=False)
    with PlaneServer(Plane(), listen=enclosure.listen) as server:
        driver = open_binder(
            provider, settings, enclosure=enclosure, environment=environment(server, Synth())
        )
        runner = SynthRunner(
            driver=driver, server=server, provider=provider, settings=settings, enclosure=enclosure
        )
        try:
            yield runner
        finally:
            runner.close()
            driver.close()
            enclosure.close()
