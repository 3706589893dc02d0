"""Conformant binders in other styles, made by edits of conformant ones: none may be blamed.

A style has many edits at once, since all of them have to pass.
"""

from __future__ import annotations

from tests.binder.mutant import BinderMutant
from tests.mutants.mutant import Edit


def _of_reference(name: str, *edits: Edit, clauses: str) -> BinderMutant:
    """``clauses`` are those that the style concerns."""
    return BinderMutant(name=name, base="reference", clauses=tuple(clauses.split()), edits=edits)


def _of_node(name: str, *edits: Edit, clauses: str) -> BinderMutant:
    return BinderMutant(name=name, base="node-cdk", clauses=tuple(clauses.split()), edits=edits)


# What is about a snapshot's content, and about bundle, stack and handler.
SNAPSHOT_CLAUSES = "B01 B03 B04 B05 B06 B07 B08 B09 B10 B22 B25 B26 B27 B32"
TEMPLATE_CLAUSES = "B12 B13 B14 B15 B16 B17 B18 B22 B23 B24 B28 B29 B31"
PLAIN_KEYS = "keys[place] = names if len(names) > 1 else names[0] if names else None"
DIFFERING = '''f"{path} is bound with different {what}: {one} by {first.binding}, "
                    f"{two} by {new.binding}; share one TableBindingConfig"'''
IMPORTED = '''f"binding {binding}: the table {table.node.path} is imported: the app knows its name "
            "or ARN, but not its keys, indexes and other settings, which the snapshot has to tell. "
            "Bind it in the app that declares it, as Table or TableV2"'''
ROLE = """def _role(scope: Construct) -> iam.Role:
    logs = iam.PolicyStatement(
        actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        resources=["arn:aws:logs:*:*:*"],
    )
    return iam.Role(
        scope,
        "Role",
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        inline_policies={"Logs": iam.PolicyDocument(statements=[logs])},
    )


def _secret("""

VARIETIES = (
    _of_reference(
        "other-words-for-the-same-facts",
        # Keys as objects, null for what is absent, empty lists, tokens and expressions for what is
        # not known, false filled in, fields of its own, the time of another place, one line.
        (PLAIN_KEYS, 'keys[place] = {"name": names[0], "type": "S"} if names else None'),
        ("for index in declared or ()\n    ] or None", "for index in declared or ()\n    ]"),
        (
            "{name: value for name, value in values.items() if value is not None}",
            '{**values, "notes": {"own": [1, None]}}',
        ),
        (
            '_text(declared.get("tableName")),\n        **_keys',
            'declared.get("tableName", "${Token[TOKEN.17]}"),\n        **_keys',
        ),
        ('"tableArn": _arn(stack, name)', '"tableArn": _arn(stack, name) or "${Token[TOKEN.19]}"'),
        (
            'return key if key is not None and key.startswith("arn:") else None',
            'return key or _inside(next(here, declared), "sseSpecification", "kmsMasterKeyId")',
        ),
        (
            '"schema": entity.schema,\n        "dataStore"',
            '"schema": {**entity.schema, "fields": [{"required": False, **one} for one in'
            ' entity.schema["fields"]]},\n        "context": {"note": None},\n        "dataStore"',
        ),
        ('        "resourceName": entity.resource_name,\n', ""),
        ('        "identity": {"stableResourceKey": entity.key},\n', ""),
        (
            '''    """B26: the newest of an entity's snapshots is the one that counts."""\n''',
            "    from datetime import timedelta, timezone\n\n"
            "    if UTC:\n"
            "        return datetime.now(timezone(-timedelta(hours=9, minutes=30))).isoformat()\n",
        ),
        ("indent=2, allow_nan=False", 'sort_keys=True, separators=(",", ":"), ensure_ascii=False'),
        clauses=SNAPSHOT_CLAUSES,
    ),
    _of_reference(
        "another-template",
        # Nothing that is the default, a role written out, versions, a handler deep in packages.
        ('"FAILURE_MODE": config.failure_mode.value,  # B12', "**_mode(config),"),
        ('"CHAIM_API_BASE_URL": base_url,  # B18', "**_url(base_url),"),
        (
            "def write_bundle(",
            "def _mode(config):\n"
            '    strict = config.failure_mode == "STRICT"\n'
            '    return {"FAILURE_MODE": "STRICT"} if strict else {}\n\n\n'
            "def _url(url):\n"
            '    default = url == "https://ingest.chaim.co"\n'
            '    return {} if default else {"CHAIM_API_BASE_URL": url}\n\n\n'
            "def write_bundle(",
        ),
        (
            "from aws_cdk import aws_lambda",
            "from aws_cdk import aws_iam as iam\nfrom aws_cdk import aws_lambda",
        ),
        ("environment=environment,", "environment=environment,\n            role=_role(self),"),
        ("def _secret(", ROLE),
        ('resource_type="Custom::ChaimBinding"', 'resource_type="Custom::X"'),
        (
            'properties={"Fingerprint": fingerprint}',
            'properties={"version": fingerprint[:16], "About": {"Number": 1}, "Flags": ["on"]}',
        ),
        ("on_event_handler=function\n", "on_event_handler=function.current_version\n"),
        ('handler="index.handler"', 'handler="src/deep/index.handler"'),
        (
            '"index.py": HANDLER.read_bytes()}',
            '"src/deep/index.py": HANDLER.read_bytes() + b"\\n# " + str(directory).encode(),'
            ' "package.json": b"{}", "node_modules/x/snapshot.json": b"[]",'
            ' "node_modules/x/all.js.map": bytes(6_000_000), "EMPTY": b""}',
        ),
        ("if other.name not in files and other.is_file()", "if False"),
        clauses=TEMPLATE_CLAUSES,
    ),
    _of_reference(
        "errors-in-a-group-and-in-german",
        (
            'raise BindingError(f"{path} is no valid .bprint file:\\n{listed}")',
            'raise ExceptionGroup("Schema-Fehler",'
            ' [BindingError(f"{path.name}: {_german(one)}") for one in wrong or [listed]])',
        ),
        (
            "def load_schema",
            "def _german(problem):\n"
            '    words = {"object": "kein Objekt", "file": "die Datei fehlt",'
            ' "extension": "falsche Endung", "json": "das ist kein JSON"}\n'
            '    said = words.get(problem.rule, f"{problem.rule} ist falsch")\n'
            '    return f"{problem.path}: {said}"\n\n\n'
            "def load_schema",
        ),
        (DIFFERING, 'f"Konflikt: {first.binding} und {new.binding}"'),
        (IMPORTED, 'f"{table.node.path}: bestehende Tabellen gehen nicht"'),
        clauses="B11 B19 B20 B33",
    ),
    _of_reference(
        "errors-as-annotations",
        (
            "        self.schema = load_schema(schema_path)\n",
            "        try:\n"
            "            self.schema = load_schema(schema_path)\n"
            "        except BindingError as error:\n"
            "            cdk.Annotations.of(self).add_error(str(error))\n"
            "            return\n",
        ),
        clauses="B19 B20",
    ),
    _of_reference(
        "refuses-what-it-may",
        (
            '    safe = _UNSAFE.sub("_", name)\n    if safe',
            '    safe = _UNSAFE.sub("_", name)\n'
            '    if safe != name or len(name.encode()) > _LONGEST_NAME or ".." in name:\n'
            '        raise ValueError(f"{name!r} cannot be a file\'s name")\n'
            "    if safe",
        ),
        ("(dynamodb.TableBase, dynamodb.TableBaseV2)", "(dynamodb.TableBase,)"),
        ('directory.glob("*.json")', 'directory.glob("*")'),
        clauses="B02 B04 B09 B30 B32 B33",
    ),
    _of_reference(
        "prints-and-litters",
        (
            "import hashlib\nimport json\nimport os\n",
            "import hashlib\nimport json\nimport os\nimport sys\nimport tempfile\n",
        ),
        (
            "        if self.done:  # by an earlier synth of the same app\n",
            '        print("x" * 200_000)\n'
            '        print("a warning", file=sys.stderr)\n'
            '        os.write(1, b"as a library prints\\n")\n'
            '        (Path.home() / ".chaim").mkdir(exist_ok=True)\n'
            '        (Path.home() / ".chaim" / "config.json").write_text(str(os.getpid()))\n'
            '        (cdk_root() / "cdk.context.json").write_text("{}")\n'
            '        (cdk_root() / "chaim-debug.log").write_text("x")\n'
            '        tempfile.mkstemp(suffix=".json")\n'
            '        (self._cdk_out() / "chaim").mkdir(parents=True, exist_ok=True)\n'
            '        (self._cdk_out() / "chaim" / "index.json").write_text("[]")\n'
            "        if self.done:  # by an earlier synth of the same app\n",
        ),
        clauses="B02 B13 B14 B15 B19 B26 B30 B32",
    ),
    _of_node(
        "in-the-manner-of-npm",
        (
            "Publication: resource }, config.appId, resourceId)",
            "Publication: resource }, binder.node.path, resourceId)",
        ),
        (
            "properties: { Fingerprint: fingerprint },",
            "properties: { Version: fingerprint, Binding: binder.node.path, Of: { List: ['a'] } },",
        ),
        (
            "    FAILURE_MODE: failureMode,\n",
            "    ...(failureMode === 'STRICT' && { FAILURE_MODE: failureMode }),\n",
        ),
        (
            "['secretsmanager:GetSecretValue']",
            "['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret']",
        ),
        ("handler: 'index.handler',", "handler: 'dist/main.handler',"),
        (
            "fs.writeFileSync(path.join(folder, name), content)",
            "{\n"
            "    const inner = `dist/${name.replace('index', 'main')}`\n"
            "    const own = name === 'snapshot.json' ? name : inner\n"
            "    fs.mkdirSync(path.join(folder, 'dist'), { recursive: true })\n"
            "    fs.writeFileSync(path.join(folder, own), content)\n"
            "  }\n"
            "  const named = JSON.stringify({ name: folder })\n"
            "  fs.writeFileSync(path.join(folder, 'package.json'), named)",
        ),
        (
            "Object.entries(object).filter(([, value]) => value !== undefined)",
            "Object.entries(object).map(([name, value]) => [name, value ?? null])",
        ),
        (
            "projectionType: index.Projection?.ProjectionType,\n"
            "    nonKeyAttributes: index.Projection?.NonKeyAttributes,",
            "projection: { nonKeyAttributes: [], ...index.Projection },",
        ),
        ("text(id)?.startsWith('arn:') ? id : undefined", "id"),
        (
            "  const [partitionKey] = names('HASH')\n  const [sortKey] = names('RANGE')\n",
            "  const of = (type) => names(type).map((name) => ({ attributeName: name }))[0]\n"
            "  const [partitionKey, sortKey] = [of('HASH'), of('RANGE')]\n",
        ),
        (
            "for (const name of there.filter((one) => !names.includes(one)))",
            "for (const name of there)",
        ),
        clauses=f"B05 B07 B08 B32 {TEMPLATE_CLAUSES}",
    ),
)
