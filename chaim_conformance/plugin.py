"""``pytest -p chaim_conformance``: options, and what the terminal shows of the suite's items."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chaim_conformance.config import (
    BINDER_HELP,
    CONTAINMENTS,
    HANDLER_HELP,
    ISOLATIONS,
    PROFILES,
    Settings,
    load_providers,
    seed_of,
)
from chaim_conformance.errors import UsageError
from chaim_conformance.items import ROOT_ID, ClauseItem, Family, Run, UnusableKnown

pytest_plugins = ["chaim_conformance.fixtures"]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("chaim", "conformance to the Chaim ingest contract")
    add = group.addoption
    add("--chaim", action="store_true", help="run the suite beside the tests given as paths")
    add("--chaim-config", metavar="FILE", type=Path, help="instead of chaim.toml here")
    add("--chaim-provider", metavar="NAME", help="one of several [provider.NAME]")
    add("--chaim-handler", metavar="LOCATOR", help=HANDLER_HELP)
    add("--chaim-binder", metavar="LOCATOR", help=BINDER_HELP)
    add("--chaim-profile", choices=PROFILES, default="default", help="how much is played")
    add("--chaim-select", metavar="CLAUSE[,...]", default="", help="only these clauses")
    add("--chaim-report", metavar="DIR", type=Path, default=Path(".chaim"), help="for failures")
    add("--chaim-strict", action="store_true", help="a violated SHOULD fails the run too")
    add("--chaim-isolation", choices=ISOLATIONS, default="bundle", help="a process for each?")
    add("--chaim-containment", choices=CONTAINMENTS, default="auto", help="keep handlers in?")
    add("--chaim-scenarios", metavar="DIR", type=Path, help="scenarios of your own, played first")
    add("--chaim-seed", metavar="N", type=int, help="of all draws; thorough takes one by chance")
    add("--chaim-write-known", action="store_true", help="list new failures in chaim.toml")


RUN = pytest.StashKey[Run]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    option = config.option
    if not hasattr(option, "chaim_ids"):  # an xdist worker gets the controller's decision
        option.chaim_ids = [arg for arg in config.args if arg.startswith(f"{ROOT_ID}::")]
        paths = [arg for arg in config.args if arg not in option.chaim_ids]
        given = config.args_source is pytest.Config.ArgsSource.ARGS
        option.chaim_paths = paths if given else []
        option.chaim_suite = bool(option.chaim or option.chaim_ids or not option.chaim_paths)
        if option.showfixtures or option.show_fixtures_per_test:
            option.chaim_suite = (
                False  # that is a look at what there is, with or without a provider
            )
    if option.chaim_suite:
        config.args[:] = option.chaim_paths
        try:
            config.stash[RUN] = _run(config)
        except UsageError as error:
            raise pytest.UsageError(str(error)) from error


def _run(config: pytest.Config) -> Run:
    option = config.option
    if option.chaim_seed is None:  # an xdist worker gets the controller's
        option.chaim_seed = seed_of(option.chaim_profile)
    settings = Settings(
        scenarios=option.chaim_scenarios,
        seed=option.chaim_seed,
        profile=option.chaim_profile,
        select=tuple(name for name in option.chaim_select.split(",") if name),
        strict=option.chaim_strict,
        isolation=option.chaim_isolation,
        containment=option.chaim_containment,
        report=option.chaim_report,
    )
    providers = load_providers(
        directory=config.invocation_params.dir,
        config=option.chaim_config,
        provider=option.chaim_provider,
        handler=option.chaim_handler,
        binder=option.chaim_binder,
    )
    if _is_worker(config):  # the controller has run the builds
        providers = tuple(replace(provider, prepare=None) for provider in providers)
    if option.chaim_write_known:
        from chaim_conformance.known import require_draftable

        require_draftable(providers)
    return Run(
        providers=providers,
        settings=settings,
        wanted_ids=tuple(option.chaim_ids),
        alone=not option.chaim_paths,
    )


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Preflight, before anything is collected: what cannot start ends the run, once."""
    run = session.config.stash.get(RUN, None)
    if run is None or session.config.option.collectonly or _is_worker(session.config):
        return
    session.config.pluginmanager.register(Lines(session.config, run), "chaim-lines")
    if run.alone and (terminal := _terminal(session.config)):
        terminal.showfspath = False
    from chaim_conformance.report.console import about

    try:
        for provider in run.providers:
            judge = run.judge(provider)
            judge.preflight()
            run.lines += [
                f"{provider.name}: {line}" if provider.name else line for line in about(judge)
            ]
    except UsageError as error:
        run.close()
        raise pytest.UsageError(str(error)) from error
    if session.config.getoption("numprocesses", None):
        run.close()  # the workers have their own


def pytest_report_header(config: pytest.Config) -> list[str]:
    run = config.stash.get(RUN, None)
    if run is None:
        return []
    from chaim_conformance.report.console import repetition

    return repetition(run.settings, flag="--chaim-seed")


def _terminal(config: pytest.Config) -> Any:
    return config.pluginmanager.get_plugin("terminalreporter")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    run = config.stash.get(RUN, None)
    if run is not None:
        found = _items(session, run)
        items += found
        report = pytest.CollectReport(ROOT_ID, "passed", longrepr=None, result=list(found))
        session.ihook.pytest_collectreport(report=report)  # so that they count as collected


def _items(session: pytest.Session, run: Run) -> list[ClauseItem | UnusableKnown]:
    families: dict[str, Family] = {}
    items: list[ClauseItem | UnusableKnown] = []
    for provider in run.providers:
        for clause in run.clauses(provider):
            family = families.setdefault(
                clause.family,
                Family.from_parent(session, name=clause.family, nodeid=ROOT_ID),
            )
            name = clause.name + (f"[{provider.name}]" if provider.name else "")
            item = ClauseItem.from_parent(family, name=name, nodeid=f"{ROOT_ID}::{name}")
            item.clause, item.provider, item.run_state = clause, provider, run
            items.append(item)
    items += _known_items(session, run)
    if not run.wanted_ids:
        return items
    chosen = [item for item in items if any(item.answers_to(one) for one in run.wanted_ids)]
    for one in run.wanted_ids:
        if not any(item.answers_to(one) for item in items):
            raise pytest.UsageError(f"no such suite item: {one}; --collect-only lists them")
    return chosen


def _known_items(session: pytest.Session, run: Run) -> list[UnusableKnown]:
    """An item that fails, where entries of ``[[known]]`` cannot be used."""
    problems = dict.fromkeys(p for provider in run.providers for p in provider.known_problems)
    if not problems:
        return []
    family = Family.from_parent(session, name="known", nodeid=ROOT_ID)
    item = UnusableKnown.from_parent(family, name="known", nodeid=f"{ROOT_ID}::known")
    item.problems = tuple(problems)
    return [item]


def _chaim(report: pytest.TestReport) -> dict[str, str]:
    """What a suite item left in its report; empty for other tests."""
    return {k: str(v) for k, v in report.user_properties if k.startswith("chaim_")}


def pytest_report_teststatus(report: Any, config: pytest.Config) -> Any:
    from chaim_conformance.report.console import WORDS

    if not isinstance(report, pytest.TestReport) or report.when != "call":
        return None
    status = _chaim(report).get("chaim_verdict")
    if status is None:
        return None
    word, colour = WORDS[status]  # type: ignore[index]
    category = {"fail": "not counted", "pass": "passed"}.get(status, status)
    if report.outcome == "failed":
        category = "failed"
    return category, "", (word.upper(), {colour: True})


class Lines:
    """Writes a line for each clause as its report comes in, and remembers its verdict."""

    def __init__(self, config: pytest.Config, run: Run) -> None:
        self._config = config
        self._run = run

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        from chaim_conformance.assessment import Assessed
        from chaim_conformance.contract import clause
        from chaim_conformance.report.console import WORDS, clause_line
        from chaim_conformance.verdict import Verdict, Violation

        seen = _chaim(report)
        if report.when != "call" or "chaim_verdict" not in seen:
            return
        status: Any = seen["chaim_verdict"]
        expected = seen["chaim_expected"]
        verdict = Verdict(
            clause=seen["chaim_clause"],
            status=status,
            reason=seen["chaim_reason"],
            violation=Violation(expected=expected, seen="") if expected else None,
            attempts=int(seen["chaim_attempts"]),
        )
        found = Assessed(
            clause=clause(verdict.clause),
            verdict=verdict,
            text=seen.get("chaim_violation", ""),
            fails=report.outcome == "failed",
        )
        self._run.assessed.append(found)
        if status == "fail" and expected and found.fails:
            self._run.failures.setdefault(seen["chaim_provider"], {})[verdict.clause] = expected
        terminal = _terminal(self._config)
        if terminal is not None and self._config.option.verbose == 0:
            terminal.ensure_newline()
            colour = {WORDS[verdict.status][1]: True}
            terminal.write_line(clause_line(found.clause, verdict), **colour)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    run = config.stash.get(RUN, None)
    if run is None or not run.assessed:
        return
    from chaim_conformance.report.console import summary

    for found in run.assessed:
        if found.text:
            terminalreporter.section(f"{found.clause.name} ({found.clause.level}, not counted)")
            terminalreporter.write_line(found.text)
    terminalreporter.section("Chaim ingest contract 1.0")
    made = {
        half: sum(f.verdict.attempts for f in run.assessed if f.clause.id.startswith(half))
        for half in "HB"
    }
    attempts, synths = made["H"], made["B"]
    seconds = time.monotonic() - run.started
    verdicts = [found.verdict for found in run.assessed]
    uncounted = sum(f.verdict.status == "fail" and not f.fails for f in run.assessed)
    lines = summary(
        verdicts, uncounted=uncounted, attempts=attempts, synths=synths, seconds=seconds
    )
    for line in (*lines, *run.lines):
        terminalreporter.write_line(line)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    run = session.config.stash.get(RUN, None)
    if run is None:
        return
    run.close()
    if session.config.option.chaim_write_known and not _is_worker(session.config):
        from chaim_conformance.known import drafted

        try:
            run.lines += drafted(run.providers, run.failures, run.settings.profile)
        except UsageError as error:
            run.lines.append(str(error))
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
    if any(found.verdict.status == "error" for found in run.assessed):
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Of pytest-xdist: clauses that share scenarios stay together, unless ``--dist`` is given."""
    run = config.stash.get(RUN, None)
    if run is None or not run.alone or config.getoption("dist") != "load":
        return None
    from chaim_conformance.spreading import scheduler

    return scheduler(config, log)


def pytest_unconfigure(config: pytest.Config) -> None:
    run = config.stash.get(RUN, None)
    if run is not None:
        run.close()
