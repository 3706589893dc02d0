"""Node handlers behave under the kit as they do on AWS."""

from __future__ import annotations

import pytest

from tests.drivers.conftest import REQUEST_ID, Workbench

ANSWERS = {
    "async": ("exports.handler = async (event) => ({ got: event.n });", {"got": 7}),
    "promise": ("exports.handler = (event) => Promise.resolve(event.n);", 7),
    "callback": ("exports.handler = (event, context, callback) => callback(null, event.n);", 7),
    "callback later": (
        "exports.handler = (event, context, cb) => { setTimeout(() => cb(null, event.n), 5); };",
        7,
    ),
    "callback waits for the event loop": (
        (
            "exports.handler = (event, context, callback) => {"
            "  const seen = []; callback(null, seen); setTimeout(() => seen.push('late'), 20); };"
        ),
        ["late"],
    ),
    "callback does not wait if told so": (
        (
            "exports.handler = (event, context, callback) => {"
            "  context.callbackWaitsForEmptyEventLoop = false;"
            "  const seen = []; setTimeout(() => seen.push('late'), 20); callback(null, seen); };"
        ),
        [],
    ),
    "succeed": ("exports.handler = (event, context) => context.succeed(event.n);", 7),
    "done": ("exports.handler = (event, context) => context.done(null, event.n);", 7),
    "undefined": ("exports.handler = async () => {};", None),
    "nothing at all": ("exports.handler = () => 42;", None),
    "pending for ever": ("exports.handler = () => new Promise(() => {});", None),
    "first answer wins": (
        "exports.handler = (event, context, cb) => { cb(null, 1); context.succeed(2); };",
        2,
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_every_way_to_answer(bench: Workbench, name: str) -> None:
    text, expected = ANSWERS[name]
    driven = bench.node(text)
    assert [driven.value({"n": 7}), driven.value({"n": 7})] == [expected, expected]


FAILURES = {
    "throw": ("exports.handler = () => { throw new TypeError('no'); };", "TypeError", "no"),
    "reject": (
        "exports.handler = async () => { throw new RangeError('no'); };",
        "RangeError",
        "no",
    ),
    "reject with text": ("exports.handler = () => Promise.reject('no');", "string", "no"),
    "reject with nothing": ("exports.handler = () => Promise.reject();", "string", "handled"),
    "callback": ("exports.handler = (e, c, cb) => cb(new Error('no'));", "Error", "no"),
    "fail": ("exports.handler = (e, context) => context.fail(new Error('no'));", "Error", "no"),
    "unhandled rejection": (
        "exports.handler = () => { Promise.reject(Error('no')); return new Promise(() => {}); };",
        "Runtime.UnhandledPromiseRejection",
        "no",
    ),
    "stray throw": (
        "exports.handler = () => new Promise(() => setTimeout(() => { throw Error('no') }, 1));",
        "Error",
        "no",
    ),
    "cycle": (
        "exports.handler = async () => { const a = {}; a.a = a; return a; };",
        "Runtime.MarshalError",
        "circular",
    ),
    "bigint": ("exports.handler = async () => 1n;", "Runtime.MarshalError", "BigInt"),
    "function": ("exports.handler = async () => () => 1;", "Runtime.MarshalError", "function"),
    "hostile error": (
        "exports.handler = () => { throw { get message() { throw 1; } }; };",
        "handled",
        "cannot be read",
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_every_way_to_fail(bench: Workbench, name: str) -> None:
    text, error_type, message = FAILURES[name]
    driven = bench.node(text)
    for _ in range(2):  # the second one in a process that survived, or in a new one
        outcome = driven.invoke().outcome
        assert (outcome.kind, outcome.error_type) == ("raised", error_type)
        assert message in outcome.error_message


@pytest.mark.parametrize(
    "files",
    [
        {"index.mjs": "export const handler = async () => import.meta.dirname ?? 'old';"},
        {
            "package.json": '{"type": "module"}',
            "index.js": "import os from 'node:os'; export const handler = async () => os.EOL;",
        },
        {"index.cjs": "exports.handler = async () => __dirname;"},
        {"index.mjs": "export default { handler: async () => 1 };"},
        {"index.mjs": "await Promise.resolve(); export async function handler() { return 1; }"},
    ],
)
def test_both_module_systems(bench: Workbench, files: dict[str, str]) -> None:
    for name, text in files.items():
        bench.write(name, text)
    entry = next(name for name in files if name.startswith("index"))
    assert bench.open(f"node:{entry}").value()


def test_nested_es_modules_and_json_imports_are_loaded_afresh(bench: Workbench) -> None:
    bench.write("state.mjs", "export let count = 0; export const up = () => ++count;")
    bench.write(
        "index.mjs",
        """
        import { createRequire } from 'node:module';
        import { up } from './state.mjs';
        const snapshot = createRequire(import.meta.url)('./snapshot.json');
        export const handler = async () => [snapshot.n, up()];
        """,
    )
    driven = bench.open("node:index.mjs")
    seen = []
    for n in (1, 2, 3):
        driven.deploy(b'{"n": %d}' % n)
        seen += [driven.value(), driven.value()]
    assert seen == [[1, 1], [1, 2], [2, 1], [2, 2], [3, 1], [3, 2]]


def test_commonjs_is_loaded_afresh_with_all_that_it_required(bench: Workbench) -> None:
    bench.write("lib/state.js", "let n = 0; module.exports = () => ++n;")
    driven = bench.node(
        """
        const up = require('./lib/state');
        const snapshot = require('./snapshot.json');
        exports.handler = async () => [
          snapshot.n, up(), process.env.WHO, process.cwd() === __dirname];
        """
    )
    seen = []
    for n in (1, 2):
        driven.deploy(b'{"n": %d}' % n, {"WHO": f"bundle {n}"})
        seen += [driven.value(), driven.value()]
    assert seen == [
        [1, 1, "bundle 1", True],
        [1, 2, "bundle 1", True],
        [2, 1, "bundle 2", True],
        [2, 2, "bundle 2", True],
    ]


def test_what_a_bundle_leaves_running_does_not_reach_the_next_one(bench: Workbench) -> None:
    """Timers, globals and listeners of one bundle would otherwise act in the next one's name."""
    driven = bench.node(
        """
        const before = [globalThis.leak, process.listenerCount('exit')];
        globalThis.leak = 'leaked';
        process.on('exit', () => {});
        exports.handler = (event, context, callback) => {
          context.callbackWaitsForEmptyEventLoop = false;
          setInterval(() => {}, 1000);
          callback(null, before);
        };
        """
    )
    first = driven.value()
    driven.deploy()
    assert driven.value() == first


def test_the_context_is_that_of_aws(bench: Workbench) -> None:
    driven = bench.node(
        """
        exports.handler = async (event, context) => ({
          ...context, left: context.getRemainingTimeInMillis(),
          trace: process.env._X_AMZN_TRACE_ID });
        """
    )
    context = driven.value()
    assert context["awsRequestId"] == REQUEST_ID
    assert context["functionName"] in context["invokedFunctionArn"]
    assert context["memoryLimitInMB"] == "512"
    assert context["logGroupName"].endswith(context["functionName"])
    assert 0 < context["left"] <= 30_000
    assert context["trace"].startswith("Root=1-5c0ffee0-")


def test_the_environment_is_lambdas_and_the_handlers_own(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI_TOKEN", "must not be seen")
    driven = bench.node("exports.handler = async () => process.env;")
    driven.deploy(environment={"APP_ID": "app"})
    seen = driven.value()
    assert "CI_TOKEN" not in seen
    assert (seen["APP_ID"], seen["AWS_REGION"], seen["TZ"]) == ("app", "us-east-1", ":UTC")
    assert seen["AWS_EXECUTION_ENV"].startswith("AWS_Lambda_nodejs")
    driven.deploy()
    assert "APP_ID" not in driven.value()


def test_extra_authorities_count_although_node_reads_them_only_at_its_start(
    bench: Workbench,
) -> None:
    """The kit serves https under an authority of its own."""
    driven = bench.node("exports.handler = async () => process.pid;")
    before = driven.value()
    driven.deploy(environment={"NODE_EXTRA_CA_CERTS": "/nowhere.pem"})
    assert driven.value() != before


def test_packages_are_linked_and_not_copied(bench: Workbench) -> None:
    bench.write("node_modules/dep/index.js", "module.exports = __filename;")
    bench.write("src/index.js", "const d = require('dep'); exports.handler = async () => d;")
    bench.write("index.js", "const d = require('dep'); exports.handler = async () => d;")
    package = str((bench.folder / "node_modules/dep/index.js").resolve())
    assert bench.open("node:index.js").value() == package
    assert bench.open("node:src/index.js").value() == package
