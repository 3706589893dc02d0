"""Cody Batch as the kit's stimuli describe an app: what its stack declares, said once more."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
from tests.stacks.cody_batch_faults import Edit

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "examples" / "cody-batch"
PROGRAM = HERE / "cody_batch_binder.py"
LEFT_BEHIND = shutil.ignore_patterns("cdk.out", "__pycache__", ".*")

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


def copied(directory: Path, *edits: Edit) -> Path:
    """The example as its author has it, below ``directory``, with texts of files replaced."""
    copy = directory / "cody-batch"
    shutil.copytree(EXAMPLE, copy, ignore=LEFT_BEHIND)
    for name, old, new in edits:
        text = (copy / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, (name, old)
        (copy / name).write_text(text.replace(old, new), encoding="utf-8")
    return copy


def document(entity: str) -> dict[str, Any]:
    """The entity's ``.bprint`` file."""
    path = EXAMPLE / "schemas" / f"{entity}.bprint"
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
    root = copied(directory, *edits)
    shutil.copy(PROGRAM, root)
    provider = ProviderConfig(root=root, binder=f"command:python3 {PROGRAM.name}")
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
