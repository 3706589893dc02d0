"""``pytest -p chaim_conformance``: options, and what the terminal shows of the suite's items."""

from __future__ import annotations

from collections.abc import Generator
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
    ProviderConfig,
    Settings,
    load_providers,
    seed_of,
)
from chaim_conformance.errors import HarnessError, UsageError
from chaim_conformance.events import ClauseJudged, Event, Noted, ProviderNotStarted
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
    add("--chaim-report", metavar="DIR", type=Path, default=Path(".chaim"), help="of reports")
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
    settings.require_subject(providers)
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
    config = session.config
    run = config.stash.get(RUN, None)
    if run is None or config.option.collectonly or _is_worker(config):
        return
    from chaim_conformance.run_events import events_of, run_started

    listeners = (run.seen.append, Lines(config))
    try:
        run.emit = events_of(run.settings, *listeners, providers=run.providers)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error
    config.pluginmanager.register(Telling(run), "chaim-telling")
    if run.alone and (terminal := _terminal(config)):
        terminal.showfspath = False
    run.emit(run_started(run.settings))
    for provider in run.providers:
        _start(run, provider)
    if config.getoption("numprocesses", None):
        run.close()  # the workers have their own


def _start(run: Run, provider: ProviderConfig) -> None:
    from chaim_conformance.run_events import provider_started

    try:
        judge = run.judge(provider)
        judge.preflight()
    except UsageError as error:
        run.emit(ProviderNotStarted(name=provider.name, message=str(error)))
        run.ended(pytest.ExitCode.USAGE_ERROR, whole=False)
        raise pytest.UsageError(str(error)) from error
    except KeyboardInterrupt:
        run.ended(pytest.ExitCode.INTERRUPTED, whole=False)
        raise
    except HarnessError as error:
        run.ended(pytest.ExitCode.INTERNAL_ERROR, whole=False)
        pytest.exit(str(error), returncode=pytest.ExitCode.INTERNAL_ERROR)
    run.emit(provider_started(judge, provider))


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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if isinstance(item, ClauseItem) and item.judged is not None and call.when == "call":
        from chaim_conformance.json_form import to_json

        # pytest-xdist takes it along to the controller, in which all listeners are.
        report.chaim_judged = to_json(item.judged)  # type: ignore[attr-defined]
    return report


def _judged(report: Any) -> ClauseJudged | None:
    """What a suite item's report brings along; ``None`` for other tests."""
    found = report.__dict__.get("chaim_judged")
    if found is None:
        return None
    from chaim_conformance.json_form import from_json

    return from_json(ClauseJudged, found)


def pytest_report_teststatus(report: Any, config: pytest.Config) -> Any:
    from chaim_conformance.report.console import WORDS

    judged = _judged(report)
    if judged is None:
        return None
    word, colour = WORDS[judged.status]
    category = {"fail": "not counted", "pass": "passed"}.get(judged.status, judged.status)
    if report.outcome == "failed":
        category = "failed"
    return category, "", (word.upper(), {colour: True})


class Telling:
    """Emits what the suite's items found, as their reports come in."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        judged = _judged(report)
        if judged is not None:
            self._run.emit(judged)


class Lines:
    """A listener that writes a line a clause to pytest's terminal, and the first violation."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._told = False

    def __call__(self, event: Event) -> None:
        """Writes what the event says."""
        terminal = _terminal(self._config)
        verbose = self._config.option.verbose != 0
        if terminal is None or verbose or not isinstance(event, ClauseJudged):
            return
        from chaim_conformance.report.console import WORDS, clause_line, news

        terminal.ensure_newline()
        terminal.write_line(
            clause_line(event, provider=event.provider), **{WORDS[event.status][1]: True}
        )
        if not self._told and (text := news(event)):
            self._told = True
            terminal.write_line(f"\n{text}\n")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    run = config.stash.get(RUN, None)
    if run is None or not any(isinstance(event, ClauseJudged) for event in run.seen):
        return
    from chaim_conformance.report.console import news, summary
    from chaim_conformance.report.run_report import fold

    report = fold(run.seen)
    for one in (one for provider in report.providers for one in provider.clauses):
        if (text := news(one)) and not one.fails:
            terminalreporter.section(f"{one.name} ({', '.join(one.reservations)}, not counted)")
            terminalreporter.write_line(text)
    terminalreporter.section(f"Chaim ingest contract {report.contract}")
    for line in summary(report, directory=str(run.settings.report)):
        terminalreporter.write_line(line)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    run = session.config.stash.get(RUN, None)
    if run is None:
        return
    run.close()
    if not run.seen:  # a worker, or nothing was to be run
        return
    from chaim_conformance.report.run_report import fold

    report = fold(run.seen)
    if session.config.option.chaim_write_known:
        from chaim_conformance.known import drafted, expectations

        failures = {one.name: expectations(one) for one in report.providers}
        try:
            lines = drafted(run.providers, failures, run.settings.profile)
        except UsageError as error:
            lines = [str(error)]
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
        for line in lines:
            run.emit(Noted(text=line))
    if report.outcome == "error":
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
    run.ended(session.exitstatus, whole=not (session.shouldstop or session.shouldfail))


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
