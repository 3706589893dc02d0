"""B11 to B13 on hand-made transcripts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chaim_conformance.synth_scenario import App, Config, SynthCredentials
from chaim_conformance.synth_transcript import SynthRecord
from tests.checks.binder_verdicts import failures, verdict
from tests.checks.synths import app_of, bend, bound, crash, of, refuse

KEYS = SynthCredentials(kind="keys")


def two(first: Config, second: Config) -> App:
    """Two bindings of one table, each with a configuration of its own."""
    bindings = bound("Order", "First"), bound("Item", "Second", config=1)
    return app_of(*bindings, configs=(first, second))


APPS = two(Config(app_id="shop"), Config(app_id="office"))
SECRETS = two(Config(), Config(credentials=SynthCredentials(secret="chaim/other")))
KINDS = two(Config(), Config(credentials=KEYS))
EQUAL = two(Config(), Config(failure_mode="STRICT"))


@pytest.mark.parametrize(
    ("app", "message"),
    [
        (APPS, "table Shop is bound with appId shop and with office"),
        (APPS, "Stack/Second: conflicts with Stack/First"),
        (SECRETS, "chaim/api-credentials or chaim/other?"),
        (KINDS, "bindings First and Second have other credentials"),
        (KINDS, "schemas/order.bprint and schemas/item.bprint do not agree"),
    ],
)
def test_a_conflict_is_refused_by_name(app: App, message: str) -> None:
    t = bend(of(app), refuse(message))
    assert verdict("B11", t) == "pass"
    assert failures(t) == set()


@pytest.mark.parametrize("message", ["conflicting appId", "Secondary shop, First", "appId office"])
def test_a_conflict_is_refused_without_names(message: str) -> None:
    assert failures(bend(of(APPS), refuse(message))) == {"B11"}


def test_a_conflict_is_not_refused() -> None:
    made = bend(of(APPS), lambda r: replace(r, outcome="synthesized", refusal=None))
    assert failures(made) == {"B11"}
    assert verdict("B01", made) == "blocked by B11"
    assert failures(bend(of(APPS), crash)) == {"B11"}


def test_configurations_are_compared_by_value() -> None:
    assert verdict("B11", of(EQUAL)) == "pass"
    t = bend(of(EQUAL), refuse("Shop is bound with another config by First"))
    assert failures(t) == {"B11"}
    assert verdict("B01", t) == "blocked by B11"


def test_a_secret_that_is_named_in_two_ways_may_be_one() -> None:
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:chaim/api-credentials-AbCdEf"
    t = of(two(Config(), Config(credentials=SynthCredentials(secret=arn))))
    assert verdict("B11", t) == "nothing"
    assert failures(bend(t, refuse("credentials differ"))) == set()


@pytest.mark.parametrize("mode", [None, "BEST_EFFORT", "STRICT"])
def test_the_failure_mode_arrives(mode: str | None) -> None:
    t = of(app_of(configs=(Config(failure_mode=mode),)))  # type: ignore[arg-type]
    assert verdict("B12", t) == "pass"


def environment(**variables: object) -> object:
    def change(record: SynthRecord) -> SynthRecord:
        return replace(
            record,
            publications=tuple(replace(p, environment=variables) for p in record.publications),
        )

    return change


@pytest.mark.parametrize(
    ("mode", "given", "expected"),
    [
        ("STRICT", None, "fail"),
        ("STRICT", "BEST_EFFORT", "fail"),
        ("STRICT", "strict", "fail"),
        ("STRICT", {"Ref": "Mode"}, "nothing"),
        (None, "STRICT", "fail"),
        (None, "", "pass"),
        ("BEST_EFFORT", "BEST_EFFORT", "pass"),
    ],
)
def test_another_failure_mode_arrives(mode: str, given: object, expected: str) -> None:
    t = of(app_of(configs=(Config(failure_mode=mode),)))  # type: ignore[arg-type]
    assert verdict("B12", bend(t, environment(FAILURE_MODE=given))) == expected  # type: ignore[arg-type]


def test_a_failure_mode_goes_its_own_way() -> None:
    t = of(app_of(configs=(Config(failure_mode="STRICT"),)))
    own = bend(t, environment(MODE="STRICT"))  # type: ignore[arg-type]
    assert verdict("B12", own) == "fail"
    assert verdict("B12", replace(own, names=(("FAILURE_MODE", "MODE"),))) == "pass"
    properties = {"Snapshot": "x", "Options": {"mode": "STRICT"}}
    told = bend(
        bend(t, environment()),  # type: ignore[arg-type]
        lambda r: replace(r, publications=(replace(r.publications[0], properties=properties),)),
    )
    assert verdict("B12", told) == "pass"


def test_nothing_publishes() -> None:
    t = bend(of(app_of()), lambda r: replace(r, publications=()))
    assert verdict("B12", t) == "blocked by B17"
    assert verdict("B12", replace(t, capabilities=("core",))) == "blocked by B23"


def test_synth_leaves_the_secret_alone() -> None:
    t = of(app_of())
    assert verdict("B13", t) == "pass"
    assert failures(bend(t, lambda r: replace(r, calls=("POST secretsmanager",)))) == {"B13"}
    assert failures(bend(t, lambda r: replace(r, secret_values=("cdk.out/x",)))) == {"B13"}


def test_a_refused_synth_asks_nobody_either() -> None:
    t = bend(of(app_of(bound(text="{"))), lambda r: replace(r, calls=("GET 169.254.169.254",)))
    assert verdict("B13", t) == "fail"


def test_keys_are_no_secret_of_secrets_manager() -> None:
    t = of(app_of(configs=(Config(credentials=KEYS),)))
    assert verdict("B13", t) == "nothing"


def test_a_synth_that_asks_for_a_secret_and_does_not_get_it() -> None:
    def asked(record: SynthRecord) -> SynthRecord:
        return replace(refuse("no such secret")(record), calls=("GetSecretValue",))

    t = bend(of(app_of()), asked)
    assert failures(t) == {"B13"}
    assert verdict("B05", t) == "blocked by B13"
