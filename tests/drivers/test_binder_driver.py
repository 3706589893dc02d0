"""The sandbox of a binder, the processes over it, and the locators that name one."""

from __future__ import annotations

import json
import os
from contextlib import closing
from pathlib import Path

import pytest

from chaim_conformance import contract
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.drivers.binder_locator import open_binder
from chaim_conformance.drivers.binder_protocol import start_request, synth_request
from chaim_conformance.drivers.enclosure import NowhereByProxy
from chaim_conformance.errors import HarnessError, ProviderNotStartable, UsageError
from chaim_conformance.synth_scenario import (
    KEY_ARN,
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
from tests.drivers.binders import START, Binders, app, binders, shown, synthesized
from tests.drivers.conftest import wait_until_gone

__all__ = ["binders"]

SHOW = """
seen = {"pid": os.getpid(), "cwd": os.getcwd(), "project": str(project), **os.environ}
print(json.dumps(seen), file=sys.stderr)
say(done)
"""
# Writes wherever a binder may, and where it should not.
SCATTER = """
home = pathlib.Path.home()
for folder in (project / "cdk.out" / "chaim", pathlib.Path(os.environ["CHAIM_SNAPSHOT_DIR"]),
               home / ".chaim", project.parent / "elsewhere", project.parent / "beside"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "left").write_text("left")
(pathlib.Path(os.environ["TMPDIR"]) / "mine").write_text("mine")
(project / "library" / "data").write_text("changed")
(project / "library" / "more").write_text("more")
(project / "library" / "gone").unlink()
say(done)
"""


def everything(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.suffix != ".pyc" and not path.is_relative_to(root / "tmp")
    }


def test_surroundings_are_those_of_the_sandbox(binders: Binders) -> None:
    driver = binders.open(SHOW)
    of = driver.sandbox
    seen = shown(driver)
    assert (seen["cwd"], seen["project"]) == (str(of.project), str(of.project))
    assert seen["CHAIM_SNAPSHOT_DIR"] == str(of.snapshots)
    assert {seen[name] for name in ("HOME", "USERPROFILE", "LOCALAPPDATA")} == {str(of.home)}
    assert Path(seen["TMPDIR"]).is_relative_to(of.temporary)
    assert seen["PATH"] == os.environ["PATH"]
    assert not {"CHAIM_API_BASE_URL", "PYTHONPATH", "CDK_OUTDIR"} & seen.keys()


def test_synths_in_other_surroundings_have_other_processes(binders: Binders) -> None:
    driver = binders.open(SHOW)
    kinds = [Synth(), Synth(elsewhere=True, default_base=True), Synth(base_url="https://a.example")]
    plain, away, based = [shown(driver, kind) for kind in kinds]
    assert away["cwd"] == str(driver.sandbox.elsewhere)
    assert "CHAIM_SNAPSHOT_DIR" not in away
    assert based["CHAIM_API_BASE_URL"] == "https://a.example"
    assert [shown(driver, kind)["pid"] for kind in kinds] == [
        one["pid"] for one in (plain, away, based)
    ]
    endowed = shown(driver, AWS_REGION="eu-west-1")
    assert endowed["AWS_REGION"] == "eu-west-1"
    assert len({one["pid"] for one in (plain, away, based, endowed)}) == 4


def test_no_more_than_four_processes_are_kept_and_the_longest_unused_goes(
    binders: Binders,
) -> None:
    driver = binders.open(SHOW)
    pids = [shown(driver, Synth(process=number))["pid"] for number in range(4)]
    assert shown(driver, Synth(process=0))["pid"] == pids[0]
    shown(driver, Synth(process=4))
    wait_until_gone(pids[1])
    assert shown(driver, Synth(process=0))["pid"] == pids[0]


def test_an_expected_process_is_there_before_it_is_asked(binders: Binders) -> None:
    driver = binders.open(SHOW)
    first = set(driver.sandbox.temporary.iterdir())
    driver.expect([(Synth(), {}), (Synth(process=1), {})])
    driver.clear()
    (ahead,) = set(driver.sandbox.temporary.iterdir()) - first
    seen = shown(driver, Synth(process=1))
    assert Path(seen["TMPDIR"]).parent == ahead
    driver.expect([(Synth(process=2), {})])
    driver.renew()
    wait_until_gone(seen["pid"])
    driver.clear()
    assert not list(driver.sandbox.temporary.iterdir())


def test_expected_processes_start_one_after_the_other(binders: Binders) -> None:
    driver = binders.open(SHOW)
    driver.expect([(Synth(process=number), {}) for number in (1, 2)])
    for _ in range(3):
        driver.clear()
    assert len(list(driver.sandbox.temporary.iterdir())) == 2


def test_an_expected_process_that_does_not_come_up_is_told_when_it_is_asked(
    binders: Binders,
) -> None:
    driver = binders.open(start=f'{START} if os.getcwd().endswith("project") else sys.exit(3)')
    driver.expect([(Synth(elsewhere=True), {})])
    driver.clear()
    synthesized(driver)
    with pytest.raises(ProviderNotStartable, match="exit code 3"):
        synthesized(driver, Synth(elsewhere=True))
    assert synthesized(driver).outcome == "synthesized"


def test_isolated_synths_have_a_process_each(binders: Binders) -> None:
    driver = binders.open(SHOW)
    first = shown(driver)["pid"]
    driver.renew()
    second = shown(driver)["pid"]
    driver.isolate(True)
    pids = {first, second, *(shown(driver)["pid"] for _ in range(2))}
    assert len(pids) == 4
    for pid in pids:
        wait_until_gone(pid)


def test_clear_leaves_nothing_that_a_synth_wrote(binders: Binders) -> None:
    for name in ("data", "gone", "snapshot.json"):
        (binders.folder / "library").mkdir(exist_ok=True)
        (binders.folder / "library" / name).write_text(name)
    authors = everything(binders.folder)
    driver = binders.open(SCATTER)
    before = everything(driver.sandbox.root)
    driver.lay(app("schemas/deep/orders.bprint"))
    synthesized(driver)
    left = everything(driver.sandbox.root)
    assert {
        "project/cdk.out/chaim/left",
        "snapshots/left",
        "home/.chaim/left",
        "elsewhere/left",
        "beside/left",
        "project/library/more",
        "project/schemas/deep/orders.bprint",
    } == left.keys() - before.keys()
    driver.clear()
    assert everything(driver.sandbox.root) == before
    assert not (driver.sandbox.project / "schemas").exists()
    assert {name: text for name, text in everything(binders.folder).items() if name in authors} == (
        authors
    )
    synthesized(driver)


def test_a_living_process_keeps_its_temporary_directory(binders: Binders) -> None:
    driver = binders.open(SCATTER.replace('(project / "library', '0 and (project / "library'))
    synthesized(driver)
    synthesized(driver, Synth(process=1))
    driver.clear()
    assert len(list(driver.sandbox.temporary.rglob("mine"))) == 2
    driver.renew()
    driver.clear()
    assert not list(driver.sandbox.temporary.iterdir())


def test_a_sandbox_whose_folders_were_taken_away_is_made_anew(
    binders: Binders, tmp_path: Path
) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    driver = binders.open(
        f"""
        import shutil
        folder = pathlib.Path(os.environ["CHAIM_SNAPSHOT_DIR"])
        folder.rmdir()
        folder.symlink_to({str(precious)!r})
        shutil.rmtree(project.parent / "elsewhere")
        say(done)
        """
    )
    for _ in range(2):
        synthesized(driver)
        driver.clear()
    assert driver.sandbox.elsewhere.is_dir()
    assert not driver.sandbox.snapshots.is_symlink()
    assert (precious / "file").exists()


def test_schema_files_are_laid_as_they_are_and_replaced(binders: Binders) -> None:
    driver = binders.open()
    project = driver.sandbox.project
    (project / "cdk.out").mkdir()
    driver.lay(app("a.bprint", "deep/b.bprint", text="{}\r\n\ud800"))
    assert (project / "deep/b.bprint").read_bytes() == b"{}\r\n\xed\xa0\x80"
    driver.lay(app("a.bprint", text="other"))
    assert (project / "a.bprint").read_text() == "other"
    assert not (project / "deep").exists()
    driver.lay(app("a.bprint", text=None))
    assert not (project / "a.bprint").exists()
    assert (project / "cdk.out").is_dir()


def test_a_providers_own_file_comes_back_when_a_schema_lay_in_its_place(binders: Binders) -> None:
    (binders.folder / "orders.bprint").write_text("the author's")
    driver = binders.open()
    project = driver.sandbox.project
    driver.lay(app("orders.bprint"))
    assert (project / "orders.bprint").read_text() == "{}"
    driver.lay(app())
    assert (project / "orders.bprint").read_text() == "the author's"


@pytest.mark.parametrize("file", ["../x.bprint", "a/../../x", "/etc/x", ".", "a\0b", "cdk.json"])
def test_schema_files_stay_in_the_project(binders: Binders, file: str) -> None:
    driver = binders.open()
    with pytest.raises(HarnessError, match="schema file"):
        driver.lay(app(file))


def test_schema_files_do_not_follow_a_link_out_of_the_project(binders: Binders) -> None:
    (binders.folder / "node_modules").mkdir()
    driver = binders.open()
    for file in ("node_modules/x.bprint", "node_modules"):
        with pytest.raises(HarnessError, match="a link leads out"):
            driver.lay(app(file))


def test_a_name_like_a_path_stays_inside(binders: Binders) -> None:
    driver = binders.open()
    driver.lay(app("a/../b/./c d\u202e.bprint"))
    assert (driver.sandbox.project / "b/c d\u202e.bprint").read_text() == "{}"


RICH = App(
    stacks=(
        SynthStack(
            id="One",
            name="one",
            stage="Prod",
            tables=(
                Table(
                    scopes=("A", "B"),
                    name="orders",
                    sort_key=Key(name="sk", type="N"),
                    global_indexes=(Index(name="by-a", partition_key=Key(name="a"), late=True),),
                    local_indexes=(
                        Index(
                            name="by-b",
                            sort_key=Key(name="b", type="B"),
                            projection="INCLUDE",
                            non_key_attributes=("c",),
                        ),
                    ),
                    stream="NEW_IMAGE",
                    encryption="customer-arn",
                    tags=(("a", "b"),),
                ),
            ),
        ),
        SynthStack(
            id="Two",
            account=None,
            region=None,
            tables=(Table(construct="imported"),),
            bindings=(
                Binding(id="B", schema=Schema(file="a.bprint", text=""), table_of=0, config=1),
                Binding(id="C", schema=Schema(file="a.bprint", text=""), config=2),
                Binding(id="D", schema=Schema(file="a.bprint", text="")),
            ),
        ),
    ),
    configs=(
        Config(),
        Config(credentials=SynthCredentials(kind="keys"), failure_mode="STRICT"),
        Config(credentials=SynthCredentials(kind="none")),
    ),
    context=(("chaimApiBaseUrl", "https://a.example"),),
)


def test_requests_are_what_the_schema_says(tmp_path: Path) -> None:
    validate = contract.validator("binder-request").validate
    validate(start_request(tmp_path))
    request = synth_request(1, RICH, tmp_path)
    validate(request)
    one, two = request["app"]["stacks"]
    assert one["tables"][0]["keyArn"] == KEY_ARN
    assert [binding["stack"] for binding in two["bindings"]] == [0, 1, 1]
    assert two["bindings"][0]["schema"] == str(tmp_path / "a.bprint")
    assert [config["credentials"] for config in request["app"]["configs"]] == [
        {"secret": "chaim/api-credentials"},
        {"apiKey": "chaimkey-of-the-app", "apiSecret": "chaimsecret-of-the-app"},
        None,
    ]


def test_processes_run_in_the_enclosure(binders: Binders) -> None:
    with closing(NowhereByProxy(reason="as a test wants it")) as enclosure:
        driver = binders.open(SHOW, enclosure=enclosure)
        assert shown(driver)["HTTPS_PROXY"].startswith("http://127.0.0.1:")


def opened(binders: Binders, locator: str | None) -> dict[str, object]:
    provider = ProviderConfig(root=binders.folder, binder=locator)
    with closing(open_binder(provider, Settings(), environment={"TOLD": "yes"})) as driver:
        answer = driver.synth(app(), Synth(elsewhere=True), environment={"TOLD": "yes"})
        assert answer.outcome == "synthesized", answer
        seen: dict[str, object] = json.loads(answer.stderr)
        return seen


def test_a_command_runs_in_a_copy_of_the_providers_root(binders: Binders) -> None:
    (binders.folder.parent / "node_modules").mkdir()
    binders.write(SHOW)
    before = everything(binders.folder)
    seen = opened(binders, binders.locator)
    assert seen["TOLD"] == "yes"
    assert not Path(str(seen["project"])).is_relative_to(binders.folder)
    assert seen["cwd"] == str(Path(str(seen["project"])).parent / "elsewhere")
    assert everything(binders.folder) == before


def test_nothing_stays_when_the_driver_is_closed(binders: Binders) -> None:
    driver = binders.open(SHOW)
    seen = shown(driver)
    driver.close()
    wait_until_gone(seen["pid"])
    assert not driver.sandbox.root.parent.exists()


NO_BINDER = {
    None: (UsageError, "no binder is configured"),
    "node:.": (UsageError, "not a locator; these exist: cdk-python:MODULE, cdk-node:DIR"),
    "command: ": (UsageError, "not a locator"),
    "command:./nope": (ProviderNotStartable, "binder 'command:./nope': .*: no such file"),
    "cdk-node:nope": (ProviderNotStartable, "there is no .*nope/package.json"),
}


@pytest.mark.parametrize("locator", NO_BINDER)
def test_a_locator_that_names_nothing(binders: Binders, locator: str | None) -> None:
    error, message = NO_BINDER[locator]
    with pytest.raises(error, match=message):
        opened(binders, locator)
