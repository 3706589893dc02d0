"""Whether a violation is the provider's, or comes of what a process held before.

The kit loads one bundle after another into a process, for speed. On Lambda a deployment is a new
process. That makes no difference, unless something outlives a bundle that is not unloaded with it,
such as a package in node_modules.
"""

from __future__ import annotations

from chaim_conformance.checks import CHECKS, Check
from chaim_conformance.preflight import healthy_create
from chaim_conformance.runner import Runner
from chaim_conformance.scenario import Scenario
from chaim_conformance.strategies.bundles import Format
from chaim_conformance.transcript import Transcript
from chaim_conformance.verdict import Violation


def first_violation(check: Check, transcript: Transcript) -> Violation | None:
    """What the check finds first."""
    return next((one for one in check(transcript) if isinstance(one, Violation)), None)


def again(runner: Runner, check: Check, scenario: Scenario) -> tuple[Violation, Transcript] | None:
    """The violation as it comes back in a new process; ``None`` where it does not."""
    runner.driver.renew()
    transcript = runner.play(scenario)
    violation = first_violation(check, transcript)
    return None if violation is None else (violation, transcript)


def needs_company(runner: Runner, check: Check, scenario: Scenario, form: Format) -> bool:
    """Whether the violation comes back in a process that has held another scenario's bundle."""
    runner.driver.renew()
    runner.play(healthy_create(form))
    return first_violation(check, runner.play(scenario)) is not None


def disturbs_the_next(runner: Runner, form: Format) -> bool:
    """Whether a healthy Create goes wrong only in a process that has held another bundle."""
    second = healthy_create(form, app_id="preflight-2")
    if not _violated(runner.play(second)):
        return False
    runner.driver.renew()
    alone = _violated(runner.play(second))
    runner.driver.renew()
    runner.play(healthy_create(form))
    return alone != _violated(runner.play(second))


def _violated(transcript: Transcript) -> set[str]:
    return {clause for clause, check in CHECKS.items() if first_violation(check, transcript)}
