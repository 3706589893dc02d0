"""Observations of the binder's side as data: what a synth wrote, said and would deploy."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from chaim_conformance.scenario import RequestType
from chaim_conformance.synth_scenario import App, Synth, SynthScenario
from chaim_conformance.transcript import AnswerStyle, Credentials, Transcript

# Where bundles are, below the app's directory (B14).
ASSETS = "cdk.out/chaim/assets"
# A LOCAL snapshot with all that its path has below the base, wherever that is (B01).
TREE = re.compile(r"(?:^|/)aws/[^/]+/[^/]+/[^/]+/[^/]+/[^/]+\.json")


@dataclass(frozen=True, kw_only=True)
class SeenFile:
    """A file; ``path`` is relative to where it was looked for, with ``/``."""

    path: str
    content: bytes = field(repr=False)

    @cached_property
    def json(self) -> Any:
        """What it holds, ``None`` where that is no JSON."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            return None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An error with which the provider ended a synth.

    ``where``: making the ``binding`` of that id, or the ``synth`` after all was made.
    """

    where: Literal["binding", "synth"]
    type: str
    message: str
    binding: str = ""


@dataclass(frozen=True, kw_only=True)
class SeenStack:
    """A stack as it was synthesized: its id in the app, its deployed name, and its template.

    ``environment`` is CDK's: ``aws://ACCOUNT/REGION``, where either may be unknown.
    """

    id: str
    name: str
    template: Mapping[str, Any] = field(repr=False)
    environment: str = ""


@dataclass(frozen=True, kw_only=True)
class Publication:
    """What publishes one binding when it is deployed: a custom resource, and the handler behind it.

    ``properties`` are what CloudFormation compares to see whether anything changed; ``environment``
    is the handler's, where a value may be an expression of the template; ``handler`` is a locator
    of the kit, relative to the bundle; ``files`` are the bundle as it would be deployed. A provider
    that is no CloudFormation has no ``logical_id``, but an id of its own.
    """

    stack: str
    logical_id: str
    properties: Mapping[str, Any] = field(repr=False)
    environment: Mapping[str, Any] = field(repr=False)
    files: tuple[SeenFile, ...] = field(repr=False)
    function: str = ""
    handler: str = ""
    answer_style: AnswerStyle = "provider-framework"

    @property
    def snapshot(self) -> SeenFile | None:
        """The bundled snapshot: the one that lies highest, as packages may have some of theirs."""
        named = (one for one in self.files if one.name == "snapshot.json")
        return min(named, key=lambda one: one.path.count("/"), default=None)


@dataclass(frozen=True, kw_only=True)
class DescribedTable:
    """A table as it is described once it is deployed, in the form of DynamoDB's DescribeTable.

    ``ttl_attribute`` is what DescribeTimeToLive says. What the simulator leaves out is taken from
    the template.
    """

    stack: str
    logical_id: str
    description: Mapping[str, Any] = field(repr=False)
    ttl_attribute: str | None = None


@dataclass(frozen=True, kw_only=True)
class SynthRecord:
    """One synth: how it ended, and what is on the disk after it.

    ``base`` says where ``local`` was looked for, ``local`` are the files below it, ``assets`` those
    below ``cdk.out/chaim/assets``; ``strays`` are files that were written anywhere else where no
    tool writes; ``secret_values`` are places where the value of a secret was found; ``calls`` are
    requests that the synth made over the network.
    """

    number: int
    synth: Synth
    outcome: Literal["synthesized", "refused", "crashed", "timed-out"]
    refusal: Refusal | None = None
    base: str = ""
    local: tuple[SeenFile, ...] = ()
    assets: tuple[SeenFile, ...] = ()
    strays: tuple[str, ...] = ()
    stacks: tuple[SeenStack, ...] = ()
    publications: tuple[Publication, ...] = ()
    tables: tuple[DescribedTable, ...] = ()
    secret_values: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    stdout: str = field(default="", repr=False)
    stderr: str = field(default="", repr=False)
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"synth {self.number + 1}"

    @property
    def log(self) -> str:
        """All that was printed meanwhile."""
        return self.stdout + self.stderr


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What CloudFormation asks of one publication after a synth; by number an operation of the
    deployment's scenario.
    """

    synth: int
    stack: str
    logical_id: str
    request_type: RequestType


@dataclass(frozen=True, kw_only=True)
class SynthTranscript:
    """All that was seen while a :class:`SynthScenario` was played.

    ``secret`` is what the secret holds that bindings name. ``deployment`` is the handler side's own
    transcript of the life that the publications had on the plane, one resource each, and
    ``planned`` says what each of its operations was; ``undeployable`` is why one of them could not
    be deployed. ``names`` are the provider's own for variables of the contract. ``datastore`` is
    the schema of the provider's kind of data store, as JSON, where that is not DynamoDB.
    """

    scenario: SynthScenario
    capabilities: tuple[str, ...]
    records: tuple[SynthRecord, ...]
    secret: Credentials
    deployment: Transcript | None = None
    planned: tuple[Planned, ...] = ()
    undeployable: str = ""
    names: tuple[tuple[str, str], ...] = ()
    datastore: str = ""

    def app(self, record: SynthRecord) -> App:
        """The app that was synthesized."""
        return self.scenario.apps[record.synth.app]

    @property
    def hung(self) -> bool:
        """Whether a synth never ended."""
        return any(record.outcome == "timed-out" for record in self.records)
