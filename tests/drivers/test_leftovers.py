"""What a handler leaves in its bundle and its temporary directory comes to light, and goes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.drivers.conftest import Driven, Workbench

NODE = """
    const fs = require('fs'), os = require('os'), path = require('path')
    exports.handler = async (event) => {
      fs.mkdirSync(path.join(os.tmpdir(), 'a'), { recursive: true })
      fs.writeFileSync(path.join(os.tmpdir(), 'a', event.name), event.text)
      fs.writeFileSync(event.name, event.text)
      if (event.fails) process.exit(3)
    }
"""
PYTHON = """
    import os, pathlib, tempfile
    def handler(event, context):
        for folder in (pathlib.Path(tempfile.gettempdir(), "a"), pathlib.Path(".")):
            folder.mkdir(exist_ok=True)
            (folder / event["name"]).write_text(event["text"])
        if event.get("fails"):
            os._exit(3)
"""
HANDLERS: dict[str, Callable[[Workbench], Driven]] = {
    "node": lambda bench: bench.node(NODE),
    "python": lambda bench: bench.python(PYTHON),
}


@pytest.fixture(params=HANDLERS)
def driven(bench: Workbench, request: pytest.FixtureRequest) -> Driven:
    return HANDLERS[request.param](bench)


def left(driven: Driven) -> set[tuple[str, str]]:
    return {(one.path, one.content.decode()) for one in driven.driver.leftovers()}


def test_files_of_a_warm_process(driven: Driven) -> None:
    driven.invoke({"name": "x.txt", "text": "one"})
    assert left(driven) == {("tmp/a/x.txt", "one"), ("bundle/x.txt", "one")}
    driven.deploy()
    driven.invoke({"name": "y.txt", "text": "two"})
    assert left(driven) == {("tmp/a/y.txt", "two"), ("bundle/y.txt", "two")}


def test_files_that_a_cold_start_took_away(driven: Driven) -> None:
    driven.invoke({"name": "x.txt", "text": "one"})
    driven.invoke({"name": "x.txt", "text": "two"}, cold=True)
    assert ("tmp/a/x.txt", "one") in (found := left(driven))
    assert ("tmp/a/x.txt", "two") in found


def test_files_of_a_process_that_ended(driven: Driven) -> None:
    driven.invoke({"name": "x.txt", "text": "one", "fails": True})
    assert ("tmp/a/x.txt", "one") in left(driven)


def test_a_snapshot_that_was_written_over(driven: Driven) -> None:
    driven.invoke({"name": "snapshot.json", "text": "mine"})
    assert ("bundle/snapshot.json", "mine") in left(driven)


def test_nothing_is_left_by_who_writes_nothing(bench: Workbench) -> None:
    driven = bench.node("exports.handler = async () => require('fs').readFileSync('snapshot.json')")
    driven.invoke()
    assert left(driven) == set()


def test_names_that_are_no_text(bench: Workbench) -> None:
    driven = bench.python(
        """
        import os, tempfile
        def handler(event, context):
            with open(os.path.join(os.fsencode(tempfile.gettempdir()), b"\\xff.txt"), "w") as file:
                file.write("one")
        """
    )
    driven.invoke()
    assert left(driven) == {("tmp/\\\\xff.txt".replace("\\\\", "\\"), "one")}


def test_nobody_waits_for_a_pipe(bench: Workbench) -> None:
    driven = bench.python(
        """
        import os
        def handler(event, context):
            os.mkfifo("pipe")
            open("file", "w").close()
        """
    )
    driven.invoke()
    assert left(driven) == {("bundle/file", "")}
