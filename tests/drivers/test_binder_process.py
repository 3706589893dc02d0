"""A binder's process: what it says is understood, and whatever it does becomes an answer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chaim_conformance.drivers.binder import AnsweredPublication
from chaim_conformance.drivers.binder_driver import Patience
from chaim_conformance.errors import HarnessError, ProviderNotStartable
from chaim_conformance.synth_scenario import App as SynthApp
from chaim_conformance.synth_scenario import Synth, Table
from chaim_conformance.synth_scenario import SynthStack as Stack
from chaim_conformance.synth_transcript import Refusal
from tests.drivers.binders import DONE, START, Binders, app, binders, shown, synthesized
from tests.drivers.conftest import PATIENCE, wait_until_gone

__all__ = ["binders"]

# What is said before a hang has to come within it, on a busy machine too.
SHORT = Patience(start=PATIENCE, first=5.0, later=5.0)
NOT_STARTED = {
    "say({'protocol': '2.0', 'capabilities': ['core']})": (
        "does not speak the protocol of binders: protocol: '1.0' was expected, in '{"
    ),
    "say({'protocol': '1.0', 'capabilities': ['aws-cdk']})": "capabilities: .* in '{",
    "say({'protocol': '1.0'})": "'capabilities' is a required property, in '{",
    "say({'protocol': '1.0', 'capabilities': ['core'], 'formats': ['4.0']})": "formats.*'4.0'",
    "sys.exit('no such module')": "ended with exit code 1 .*\nIt printed:\n    no such module",
    "os.kill(os.getpid(), 9)": "was ended by signal SIGKILL before it had answered",
}


@pytest.mark.parametrize("start", NOT_STARTED)
def test_a_binder_that_does_not_come_up(binders: Binders, start: str) -> None:
    with pytest.raises(ProviderNotStartable, match=f"binder 'mine' .*{NOT_STARTED[start]}"):
        binders.open(start=start)


def test_a_binder_that_never_answers_to_its_start(binders: Binders) -> None:
    said = "binder 'mine' .*had not answered to start after 5 seconds\nIt printed:\n    ready"
    with pytest.raises(ProviderNotStartable, match=said):
        binders.open(start="say('ready')", patience=Patience(start=5.0))


def test_what_it_says_of_itself(binders: Binders) -> None:
    facts = binders.open().facts
    assert (facts.capabilities, facts.formats) == ({"core"}, ("1.0",))
    assert (facts.constructs, facts.features) == ({"Table"}, frozenset())
    told = "say({'protocol': '1.0', 'capabilities': ['core'], 'formats': ['3.0'], 'features': []})"
    assert binders.open(start=told).facts.formats == ("3.0",)


def test_what_is_printed_among_answers_is_log(binders: Binders) -> None:
    printed = ["ready", "{", "[1]", "12", '{"id": "orders"}', '{"id": 7, "entity": "order"}']
    driver = binders.open(
        "\n".join(
            [
                "print('complaint', file=sys.stderr)",
                *(f"say({line!r})" for line in printed),
                "print(json.dumps(done) + '\\nafter', flush=True)",
            ]
        )
    )
    answer = synthesized(driver)
    assert answer.stdout.splitlines() == [*printed, "after"]
    assert answer.stderr == "complaint\n"


WRONG = {
    "say({'id': 7, 'directory': 'x'})": "id: 1 was expected",
    "say({'id': 1, 'error': {'where': 'binding'}})": "error: 'message' is a required property",
    "say({'id': 1, 'publications': [{}]})": r"publications\[0\]: 'id' is a required",
    "say({'id': 1, 'error': {'where': 'here', 'message': ''}})": "error.where: 'here' is not one",
}


@pytest.mark.parametrize("synth", WRONG)
def test_what_is_no_answer_is_quoted(binders: Binders, synth: str) -> None:
    driver = binders.open(synth)
    with pytest.raises(ProviderNotStartable, match=f"{WRONG[synth]}.*in '{{"):
        synthesized(driver)


def test_a_refusal_is_told_whole(binders: Binders) -> None:
    said = "{'where': 'binding', 'binding': 'B', 'type': 'E', 'message': 'a\\nb'}"
    answer = binders.open(f"say({{**done, 'error': {said}}})").synth(app(), Synth(), environment={})
    assert answer.outcome == "refused"
    assert answer.refusal == Refusal(where="binding", binding="B", type="E", message="a\nb")


def test_an_app_that_nobody_can_build_is_the_kits_own_trouble(binders: Binders) -> None:
    driver = binders.open("say({**done, 'error': {'where': 'app', 'message': 'no such type'}})")
    with pytest.raises(HarnessError, match=r"binder 'mine': the app could not be .*: no such type"):
        synthesized(driver)


def test_where_things_are_is_relative_to_the_project(binders: Binders) -> None:
    one = "{'id': 'P', 'stack': 'S', 'bundle': 'out/p', 'environment': {'A': 'b'}}"
    driver = binders.open(f"say({{**done, 'directory': 'out', 'publications': [{one}]}})")
    project = driver.sandbox.project
    answer = synthesized(driver)
    assert answer.directory == project / "out"
    assert answer.publications == (
        AnsweredPublication(id="P", stack="S", bundle=project / "out/p", environment={"A": "b"}),
    )
    assert synthesized(binders.open()).directory is not None


def test_a_binder_that_dies_has_crashed_and_the_next_synth_has_a_new_process(
    binders: Binders,
) -> None:
    driver = binders.open(
        """
        if not pathlib.Path("died").exists():
            pathlib.Path("died").touch()
            say("half an answer")
            os.kill(os.getpid(), signal.SIGSEGV)
        say(done)
        """
    )
    answer = driver.synth(app(), Synth(), environment={})
    assert (answer.outcome, answer.stdout) == ("crashed", "half an answer\n")
    assert "signal SIGSEGV" in answer.stderr
    synthesized(driver)


def test_an_answer_with_the_last_breath_is_one(binders: Binders) -> None:
    driver = binders.open("print(os.getpid(), file=sys.stderr); say(done); os._exit(1)")
    first = shown(driver)
    wait_until_gone(first)
    assert shown(driver) != first


def test_a_binder_that_hangs_is_killed_with_all_that_it_started(
    binders: Binders, tmp_path: Path
) -> None:
    driver = binders.open(
        f"""
        child = subprocess.Popen(["sleep", "1000"])
        pathlib.Path({str(tmp_path / "child")!r}).write_text(str(child.pid))
        say("waiting")
        child.wait()
        """,
        patience=SHORT,
    )
    answer = driver.synth(app(), Synth(), environment={})
    assert (answer.outcome, answer.stdout) == ("timed-out", "waiting\n")
    wait_until_gone(int((tmp_path / "child").read_text()))


@pytest.mark.night
def test_whoever_prints_without_end_is_timed_out_and_cut(binders: Binders) -> None:
    driver = binders.open("while True: print('x' * 1000)", patience=SHORT)
    answer = driver.synth(app(), Synth(), environment={})
    assert answer.outcome == "timed-out"
    assert re.search(r"\[cut by the kit: \d+ bytes more\]", answer.stdout)


def test_large_requests_and_answers_pass(binders: Binders) -> None:
    driver = binders.open(
        """
        tags = request["app"]["stacks"][0]["tables"][0]["tags"]
        error = {"where": "synth", "message": "\u00e9" * len(tags["a"])}
        print(json.dumps({**done, "error": error}, ensure_ascii=False), flush=True)
        """
    )
    length = 1_000_000
    large = SynthApp(stacks=(Stack(tables=(Table(tags=(("a", "x" * length),)),)),))
    answer = driver.synth(large, Synth(), environment={})
    assert answer.refusal is not None
    assert answer.refusal.message == "\u00e9" * length


def test_it_is_asked_to_stop_before_it_is_ended(binders: Binders) -> None:
    driver = binders.open()
    driver.renew()
    assert (driver.sandbox.project / "stopped").read_text() == "asked to stop\n"


def test_one_that_does_not_stop_is_ended(binders: Binders) -> None:
    driver = binders.open(f"print(os.getpid(), file=sys.stderr); {DONE}\nsys.stdin = [time.sleep]")
    pid = shown(driver)
    deaf = binders.open(
        "print(os.getpid(), file=sys.stderr); say(done); time.sleep(1000)", start=START
    )
    other = shown(deaf)
    for one in (driver, deaf):
        one.close()
    for number in (pid, other):
        wait_until_gone(number)
