"""``junit.xml``, and the properties that pytest's own ``--junitxml`` has of the same verdicts."""

from __future__ import annotations

from xml.etree import ElementTree

from chaim_conformance.events import ClauseJudged, Failure
from chaim_conformance.report.run_report import ClauseReport, ProviderReport, RunReport


def properties(
    one: ClauseJudged | ClauseReport, *, clause: str, provider: str
) -> tuple[tuple[str, str], ...]:
    """What CI systems show beside a test: a verdict as names and texts."""
    failure = one.failure or Failure(expected="", seen="")
    return (
        ("chaim_clause", clause),
        ("chaim_verdict", one.status),
        ("chaim_reason", one.reason),
        ("chaim_expected", failure.expected),
        ("chaim_seen", failure.seen),
        ("chaim_replay", failure.replay),
        ("chaim_reservations", ", ".join(one.reservations)),
        ("chaim_attempts", str(one.attempts)),
        ("chaim_provider", provider),
    )


def text(report: RunReport) -> str:
    """The file's text: a suite for each provider, a test case for each clause."""
    root = ElementTree.Element("testsuites", name="Chaim ingest contract", time=str(report.seconds))
    for provider in report.providers:
        root.append(_suite(provider, report))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(provider: ProviderReport, report: RunReport) -> ElementTree.Element:
    cases = [_case(one, provider) for one in provider.clauses]
    if provider.not_started:
        cases.append(_named("start", provider, "error", provider.not_started))
    if provider.problems:
        cases.append(_named("known", provider, "failure", "\n".join(provider.problems)))
    suite = ElementTree.Element(
        "testsuite",
        name=provider.name or "chaim",
        timestamp=report.started,
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors=str(sum(case.find("error") is not None for case in cases)),
        skipped=str(sum(case.find("skipped") is not None for case in cases)),
    )
    suite.extend(cases)
    return suite


def _named(name: str, provider: ProviderReport, kind: str, words: str) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname="chaim", name=_in(name, provider))
    _say(case, kind, words)
    return case


def _in(name: str, provider: ProviderReport) -> str:
    return f"{name}[{provider.name}]" if provider.name else name


def _case(one: ClauseReport, provider: ProviderReport) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase",
        classname=f"chaim.{one.family}",
        name=_in(one.name, provider),
        time=str(one.seconds),
    )
    listed = ElementTree.SubElement(case, "properties")
    for name, value in properties(one, clause=one.id, provider=provider.name):
        ElementTree.SubElement(listed, "property", name=name, value=value)
    told = one.failure.text if one.failure else ""
    if one.status == "error":
        _say(case, "error", one.reason)
    elif one.fails:
        _say(case, "failure", told or one.reason or one.status)
    elif one.status != "pass":
        _say(case, "skipped", " ".join(filter(None, (one.status, one.reason))))
    return case


def _say(case: ElementTree.Element, kind: str, words: str) -> None:
    said = ElementTree.SubElement(case, kind, message=words.partition("\n")[0])
    said.text = words
