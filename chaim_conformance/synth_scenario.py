"""Stimuli of the binder's side as data: apps, their tables and bindings, and synths of them.

A :class:`SynthScenario` is to a binder what a ``Scenario`` is to a handler: frozen, hashable, with
a JSON form (``contract/schemas/synth-scenario.schema.json``), and without an opinion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AttributeType = Literal["S", "N", "B"]
Projection = Literal["ALL", "KEYS_ONLY", "INCLUDE"]
StreamView = Literal["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]
Billing = Literal["PAY_PER_REQUEST", "PROVISIONED"]
# ``imported`` exists already: the app knows its name or ARN, and nothing else of it.
Construct = Literal["Table", "TableV2", "imported"]
# Whose key encrypts: DynamoDB's own, the account's managed one, one that the stack makes, or one
# that exists already and is named by its ARN.
Encryption = Literal["owned", "managed", "customer", "customer-arn"]
FailureMode = Literal["BEST_EFFORT", "STRICT"]
# What is declared of a resource that is no table.
Property = bool | int | str
DYNAMODB = "dynamodb"
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/0f0e0d0c-0b0a-4908-8706-050403020100"


@dataclass(frozen=True, kw_only=True)
class Key:
    """An attribute that is part of a key, and its type in DynamoDB's letters."""

    name: str
    type: AttributeType = "S"


@dataclass(frozen=True, kw_only=True)
class Index:
    """A secondary index; a local one has the table's partition key, so ``None`` here.

    ``late``: the app adds it to the table after the binding was made (B33).
    """

    name: str
    partition_key: Key | None = None
    sort_key: Key | None = None
    projection: Projection = "ALL"
    non_key_attributes: tuple[str, ...] = ()
    late: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table as its owner declares it.

    ``id`` is its construct id and ``scopes`` are the ids of the constructs between it and its
    stack; ``name`` is the physical name, ``None`` where CloudFormation makes one. What stands after
    ``encryption`` concerns no binding, and must not disturb any; ``source`` is the file that the
    table was read from, for people.

    ``datastore`` is the kind of data store. A resource of another kind has an id, scopes and
    perhaps a name like a table, and else nothing but ``properties``, by names that the kind's
    schema has.
    """

    id: str = "Table"
    scopes: tuple[str, ...] = ()
    construct: Construct = "Table"
    name: str | None = None
    partition_key: Key = Key(name="pk")
    sort_key: Key | None = None
    global_indexes: tuple[Index, ...] = ()
    local_indexes: tuple[Index, ...] = ()
    ttl_attribute: str | None = None
    stream: StreamView | None = None
    billing: Billing = "PAY_PER_REQUEST"
    encryption: Encryption = "owned"
    point_in_time_recovery: bool = False
    deletion_protection: bool = False
    infrequent_access: bool = False
    contributor_insights: bool = False
    tags: tuple[tuple[str, str], ...] = ()
    source: str = ""
    datastore: str = DYNAMODB
    properties: tuple[tuple[str, Property], ...] = ()

    @property
    def is_table(self) -> bool:
        """Whether it is one of DynamoDB's, rather than a resource of another kind."""
        return self.datastore == DYNAMODB


@dataclass(frozen=True, kw_only=True)
class Schema:
    """A ``.bprint`` file: where it lies below the app's directory, and its exact text.

    ``text`` of ``None``: there is no such file.
    """

    file: str
    text: str | None


@dataclass(frozen=True, kw_only=True)
class SynthCredentials:
    """What a binding says of credentials.

    ``secret``: a secret's name or ARN, ``keys``: a key and its secret, ``none``: nothing at all.
    The values stand for real ones: a deployment of the kit replaces them by its service's.
    """

    kind: Literal["secret", "keys", "none"] = "secret"
    secret: str = "chaim/api-credentials"
    api_key: str = "chaimkey-of-the-app"
    api_secret: str = "chaimsecret-of-the-app"


@dataclass(frozen=True, kw_only=True)
class Config:
    """A binding configuration; ``failure_mode`` of ``None`` names none."""

    app_id: str = "my-app"
    credentials: SynthCredentials = SynthCredentials()
    failure_mode: FailureMode | None = None


@dataclass(frozen=True, kw_only=True)
class Binding:
    """One schema bound to one table.

    ``table`` is the table's number in this stack, or in the stack of number ``table_of``;
    ``config`` is the configuration's number in the app.
    """

    id: str
    schema: Schema
    scopes: tuple[str, ...] = ()
    table: int = 0
    table_of: int | None = None
    config: int = 0


@dataclass(frozen=True, kw_only=True)
class SynthStack:
    """A stack of an app.

    ``name`` is given explicitly, or ``None``; ``stage`` is the id of the Stage that it stands in;
    ``account`` and ``region`` of ``None`` are unknown at synth.
    """

    id: str = "Stack"
    name: str | None = None
    stage: str | None = None
    account: str | None = "123456789012"
    region: str | None = "us-east-1"
    tables: tuple[Table, ...] = ()
    bindings: tuple[Binding, ...] = ()


@dataclass(frozen=True, kw_only=True)
class App:
    """Everything that one synth makes; ``context`` is the tool's own, ``chaimApiBaseUrl`` say."""

    stacks: tuple[SynthStack, ...]
    configs: tuple[Config, ...] = (Config(),)
    context: tuple[tuple[str, str], ...] = ()

    def bound(self) -> tuple[tuple[SynthStack, Binding, Table], ...]:
        """Every binding, with its stack and its table, in the order of the app."""
        return tuple(
            (
                stack,
                binding,
                (stack if binding.table_of is None else self.stacks[binding.table_of]).tables[
                    binding.table
                ],
            )
            for stack in self.stacks
            for binding in stack.bindings
        )


@dataclass(frozen=True, kw_only=True)
class Synth:
    """One synth of an app, and what surrounds it.

    Synths of one ``process`` number share a process, unless each has its own anyway.
    ``elsewhere``: the working directory is not the app's; ``default_base``: ``CHAIM_SNAPSHOT_DIR``
    is not set; ``base_url`` is ``CHAIM_API_BASE_URL`` in the environment.
    """

    app: int = 0
    process: int = 0
    elsewhere: bool = False
    default_base: bool = False
    base_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class SynthScenario:
    """Apps, and the synths of them, one after the other in one directory that is empty at first.

    ``deploys``: what each synth bundled is deployed, and at the end deleted. Raises
    :class:`ValueError` where a number names nothing, or one file has two texts.
    """

    apps: tuple[App, ...]
    synths: tuple[Synth, ...] = (Synth(),)
    deploys: bool = False

    def __post_init__(self) -> None:
        for number, synth in enumerate(self.synths):
            if not 0 <= synth.app < len(self.apps):
                raise ValueError(f"synths[{number}].app: there is no app {synth.app}")
        for number, app in enumerate(self.apps):
            texts: dict[str, str | None] = {}
            for stack in app.stacks:
                for binding in stack.bindings:
                    where = f"apps[{number}], binding {binding.id!r}"
                    if not 0 <= (binding.table_of or 0) < len(app.stacks):
                        raise ValueError(f"{where}: there is no stack {binding.table_of}")
                    of = stack if binding.table_of is None else app.stacks[binding.table_of]
                    if not 0 <= binding.table < len(of.tables):
                        raise ValueError(f"{where}: there is no table {binding.table}")
                    if not 0 <= binding.config < len(app.configs):
                        raise ValueError(f"{where}: there is no config {binding.config}")
                    file, text = binding.schema.file, binding.schema.text
                    if texts.setdefault(file, text) != text:
                        raise ValueError(f"{where}: {file} has two texts")
