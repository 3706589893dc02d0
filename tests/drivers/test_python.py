"""Python handlers behave under the kit as they do on AWS."""

from __future__ import annotations

import pytest

from tests.drivers.conftest import REQUEST_ID, Workbench

FAILURES = {
    "raise": ("def handler(e, c): raise KeyError('no')", "KeyError", "no"),
    "no json": ("def handler(e, c): return {1, 2}", "Runtime.MarshalError", "set"),
    "coroutine": ("async def handler(e, c): return 1", "Runtime.MarshalError", "coroutine"),
    "recursion": ("def handler(e, c): return handler(e, c)", "RecursionError", "recursion"),
    "hostile": (
        "class E(Exception):\n    def __str__(self): raise ValueError\ndef handler(e, c): raise E",
        "E",
        "no message",
    ),
    "arguments": ("def handler(): pass", "TypeError", "positional"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_every_way_to_fail(bench: Workbench, name: str) -> None:
    text, error_type, message = FAILURES[name]
    driven = bench.python(text)
    for _ in range(2):
        outcome = driven.invoke().outcome
        assert (outcome.kind, outcome.error_type) == ("raised", error_type)
        assert message in outcome.error_message


def test_everything_is_loaded_afresh(bench: Workbench) -> None:
    bench.write("lib/__init__.py", "")
    bench.write("lib/state.py", "seen = []")
    driven = bench.python(
        """
        import json, os, pathlib
        from lib.state import seen
        SNAPSHOT = json.loads(pathlib.Path("snapshot.json").read_text())
        def handler(event, context):
            seen.append(1)
            here = os.getcwd() == os.path.dirname(__file__) == os.environ["LAMBDA_TASK_ROOT"]
            return [SNAPSHOT["n"], len(seen), os.environ.get("WHO"), here]
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


def test_a_handler_in_folders_that_are_no_packages_is_loaded_again(bench: Workbench) -> None:
    """Lambda imports ``src/deep/index`` without an ``__init__.py`` anywhere."""
    bench.write(
        "src/deep/index.py",
        "import pathlib\ndef handler(e, c): return pathlib.Path('snapshot.json').read_text()",
    )
    driven = bench.open("python:src/deep/index.py:handler")
    for text in ("1", "2"):
        driven.deploy(text.encode(), {})
        assert driven.value() == text


def test_the_context_is_that_of_aws(bench: Workbench) -> None:
    driven = bench.python(
        """
        def handler(event, context):
            context.log("through the context")
            return [context.aws_request_id, context.function_name in context.invoked_function_arn,
                    context.memory_limit_in_mb, context.get_remaining_time_in_millis() > 0]
        """
    )
    assert driven.value() == [REQUEST_ID, True, "512", True]


def test_logging_goes_where_lambda_puts_it_and_only_once(bench: Workbench) -> None:
    """A handler's own log handlers must not pile up from one bundle to the next."""
    driven = bench.python(
        """
        import logging, sys
        logging.basicConfig(level="DEBUG")
        log = logging.getLogger("publisher")
        log.setLevel("INFO")
        log.addHandler(logging.StreamHandler())
        def handler(event, context):
            log.info("published")
        """
    )
    for _ in range(3):
        driven.deploy()
        invocation = driven.invoke()
        assert invocation.stderr == "published\n"
        assert invocation.stdout.startswith("[INFO]\t")
        assert invocation.stdout.count("published") == 1


def test_threads_of_one_bundle_do_not_reach_the_next_one(bench: Workbench) -> None:
    driven = bench.python(
        """
        import os, threading
        def handler(event, context):
            threading.Thread(target=threading.Event().wait, daemon=True).start()
            return [os.getpid(), threading.active_count()]
        """
    )
    first = driven.value()
    driven.deploy()
    second = driven.value()
    assert first[0] != second[0]
    assert first[1] == second[1]


def test_the_environment_is_lambdas_and_the_handlers_own(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI_TOKEN", "must not be seen")
    driven = bench.python("import os\ndef handler(e, c): return dict(os.environ)")
    driven.deploy(environment={"APP_ID": "app"})
    seen = driven.value()
    assert "CI_TOKEN" not in seen
    assert seen["APP_ID"] == "app"
    assert seen["AWS_EXECUTION_ENV"].startswith("AWS_Lambda_python3.")
    driven.deploy()
    assert "APP_ID" not in driven.value()


def test_packages_of_the_kits_interpreter_can_be_imported(bench: Workbench) -> None:
    assert bench.python("import h11\ndef handler(e, c): return h11.__name__").value() == "h11"


def test_a_module_of_a_package_is_imported_as_part_of_it(bench: Workbench) -> None:
    bench.write("src/publisher/__init__.py", "")
    bench.write("src/publisher/words.py", "WORD = 'hello'")
    bench.write(
        "src/publisher/main.py",
        """
        import pathlib
        from .words import WORD
        def lambda_handler(event, context):
            return [WORD, __name__, (pathlib.Path(__file__).parent / "snapshot.json").exists()]
        """,
    )
    driven = bench.open("python:publisher.main")
    assert driven.value() == ["hello", "publisher.main", True]
