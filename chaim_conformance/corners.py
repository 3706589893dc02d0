"""Scenarios that somebody thought of, each for a reason that its name says.

A *corner* has a name and is in the corpus. A *grid* crosses every trouble with failure modes and
kinds of request; the corpus holds what of it is needed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from chaim_conformance.examples import LARGE_SCHEMA, SECOND_SCHEMA, example
from chaim_conformance.scenario import (
    OK,
    RESET,
    Attempt,
    Operation,
    RequestType,
    Scenario,
    Sibling,
)
from chaim_conformance.strategies import adversity, faults
from chaim_conformance.strategies import secrets as of_secrets
from chaim_conformance.strategies.bundles import Format, without_action
from chaim_conformance.strategies.faults import BUNDLE_TROUBLES, Trouble
from chaim_conformance.strategies.pools import OBJECT_KEYS, SECURITY_TOKENS
from chaim_conformance.strategies.stories import AT_ONCE, UNHEARD, about

Formats = tuple[Format, ...]
Corners = dict[str, Scenario]
Grid = tuple[Scenario, ...]

WARM, COLD = Attempt(), Attempt(start="cold")
MODES = ("STRICT", "BEST_EFFORT")
KINDS: tuple[tuple[RequestType, ...], ...] = (("Update", "Delete"), ("Create",))


def healthy(formats: Formats) -> Corners:
    """Each format under each mode: Create, Update, rollback, Delete, retried warm and cold."""
    return {
        f"life-{form}-{_word(mode)}": Scenario(
            bundles=(example(form, mode), example(form, mode, schema=SECOND_SCHEMA)),
            operations=(
                Operation(request_type="Create", attempts=(WARM, WARM, COLD)),
                Operation(request_type="Update", bundle=1, attempts=(WARM, COLD)),
                Operation(request_type="Update", bundle=0),
                Operation(request_type="Delete", bundle=0, attempts=(WARM, COLD)),
            ),
        )
        for form in formats
        for mode in MODES
    }


def large(formats: Formats) -> Corners:
    """A schema of three hundred fields."""
    return {
        f"large-{form}": Scenario(
            bundles=(example(form, "STRICT", schema=LARGE_SCHEMA),),
            operations=(Operation(request_type="Create"),),
        )
        for form in formats
    }


def retried(formats: Formats) -> Corners:
    """Each kind of request fails, at presign or at the bucket, once or always; then it is well."""
    failing = {
        "presign-503": (Attempt(presign=(faults.UNAVAILABLE,)), COLD),
        "presign-reset": (Attempt(presign=(RESET,)), WARM),
        "bucket-slow-down": (Attempt(bucket=(faults.SLOW_DOWN,)), WARM, COLD),
        "bucket-reset": (Attempt(bucket=(RESET,)), COLD, WARM),
        "presign-503-once": (Attempt(presign=(faults.UNAVAILABLE, OK)), WARM),
        "bucket-403-once": (Attempt(bucket=(faults.ACCESS_DENIED, OK)), COLD),
    }
    kinds = {
        "update": (Operation(request_type="Update"),),
        "delete": (Operation(request_type="Delete"),),
        "create": (Operation(request_type="Delete"), Operation(request_type="Create")),
    }
    return {
        f"retried-{kind}-after-{trouble}": Scenario(
            bundles=(example(formats[0], mode),),
            operations=(
                Operation(request_type="Create"),
                *operations[:-1],
                replace(operations[-1], attempts=attempts),
            ),
        )
        for kind, operations in kinds.items()
        for (trouble, attempts), mode in zip(failing.items(), MODES * 3, strict=True)
    }


def stacks(formats: Formats) -> Corners:
    """Entities of one table: each comes, changes and goes, with answers lost and siblings failing.

    What CloudFormation then does by itself, a cleanup or a rollback, is not listed: it depends on
    the answers.
    """
    refused = (Attempt(presign=(faults.FORBIDDEN,)),)
    lives: dict[str, tuple[tuple[RequestType, int, int, tuple[Attempt, ...], Sibling], ...]] = {
        "updated": (
            ("Create", 0, 0, (WARM,), ""),
            ("Update", 0, 1, (UNHEARD, WARM), ""),
            ("Update", 0, 0, (WARM, COLD), ""),
            ("Update", 0, 1, AT_ONCE, ""),
            ("Delete", 0, 1, AT_ONCE, ""),
        ),
        "two-entities": (
            ("Create", 0, 0, (UNHEARD, COLD), ""),
            ("Create", 1, 2, (WARM,), ""),
            ("Update", 1, 3, (WARM,), ""),
            ("Delete", 0, 0, (UNHEARD, WARM), ""),
            ("Delete", 1, 3, (WARM, COLD), ""),
        ),
        "rolled-back": (
            ("Create", 0, 0, (WARM,), ""),
            ("Update", 0, 1, refused, ""),
            ("Update", 0, 1, (WARM,), "fails"),
            ("Update", 0, 1, (UNHEARD,), ""),
            ("Delete", 0, 0, (WARM,), ""),
        ),
        "never-created": (
            ("Create", 0, 0, (WARM,), "fails-meanwhile"),
            ("Create", 0, 0, refused, ""),
            ("Create", 1, 2, (WARM,), "fails"),
            ("Create", 0, 1, (WARM,), ""),
        ),
    }
    return {
        f"stack-{name}-{form}-{_word(mode)}": Scenario(
            bundles=tuple(
                about(example(form, mode), entity, version)
                for version, entity in enumerate(("Order", "Order", "Customer", "Customer"))
            ),
            operations=tuple(
                Operation(
                    request_type=kind,
                    resource=resource,
                    bundle=bundle,
                    attempts=attempts,
                    sibling=sibling,
                )
                for kind, resource, bundle, attempts, sibling in life
            ),
            stack=True,
        )
        for name, life in lives.items()
        for form in formats
        for mode in MODES
    }


def legacy(formats: Formats) -> Corners:
    """A bundle without an action, in place of one that had it."""
    return {
        f"legacy-{_word(mode)}": Scenario(
            bundles=(example("1.0", mode), without_action(example("1.0", mode))),
            operations=(
                Operation(request_type="Create"),
                Operation(request_type="Delete"),
                Operation(request_type="Create", bundle=1),
                Operation(request_type="Update", bundle=1, attempts=(WARM, COLD)),
                Operation(request_type="Delete", bundle=1),
            ),
        )
        for mode in MODES
        if "1.0" in formats
    }


def telling_urls(formats: Formats) -> Corners:
    """Upload URLs with what is lost by taking them apart."""
    of_keys = ("plain", "space-and-plus", "percent", "percent-2b", "non-ascii", "reserved")
    of_tokens = ("plus-and-slash", "slashes", "space-and-percent", "non-ascii")
    urls: dict[str, tuple[str, str | None]] = {
        **{f"key-{name}": (key, None) for name, key in zip(of_keys, OBJECT_KEYS, strict=True)},
        **{
            f"token-{name}": (OBJECT_KEYS[0], token)
            for name, token in zip(of_tokens, SECURITY_TOKENS, strict=True)
        },
    }
    return {
        f"url-{name}": Scenario(
            bundles=(example(formats[0], "STRICT"),),
            operations=(Operation(request_type="Create"), Operation(request_type="Delete")),
            object_key=key,
            security_token=token,
        )
        for name, (key, token) in urls.items()
    }


def base_urls(formats: Formats) -> Corners:
    """The service at a base URL with a trailing slash, and below a path."""
    plain = example(formats[0], "STRICT")
    slash = replace(plain, base_url="trailing-slash")
    prefix = replace(plain, base_url="path-prefix")
    return {
        "base-urls": Scenario(
            bundles=(plain, slash, prefix),
            operations=(
                Operation(request_type="Create"),
                Operation(request_type="Update", bundle=1),
                Operation(request_type="Delete", bundle=2),
            ),
        )
    }


def without_mode(formats: Formats) -> Corners:
    """No failure mode, and an empty one, in three kinds of trouble."""
    troubles = {
        "presign-400": Trouble(presign=(faults.PRESIGN_REFUSALS[0],)),
        "bucket-reset": Trouble(bucket=(RESET,)),
        "no-snapshot": BUNDLE_TROUBLES[0],
    }
    return {
        f"no-mode-{name}": adversity.unset_failure_modes(example(formats[0], None), trouble)
        for name, trouble in troubles.items()
    }


def credentials(formats: Formats) -> Corners:
    """Credentials missing, empty, halved or broken, each beside a plain refusal, in both modes."""
    return {
        f"credentials-{kind}-{_word(mode)}": adversity.beside_a_refusal(
            example(formats[0], mode), Trouble(bundle=(("credentials", kind),)), kinds=kinds
        )
        for kind, kinds in zip(faults.BAD_CREDENTIALS, KINDS * 3, strict=False)
        for mode in MODES
    }


def secrets(formats: Formats) -> Corners:
    """A secret by its name, rotated, warm and cold; beside other credentials; by its ARN."""
    return {
        "secret-rotated": of_secrets.rotated_secret(example(formats[0], "STRICT")),
        "secret-by-arn": of_secrets.secret_by_arn(example(formats[0], "BEST_EFFORT")),
    }


def bad_secrets(formats: Formats, *, modes: tuple[str, ...] = MODES) -> Corners:
    """A secret that is not there, denied, no JSON, of another kind, or empty.

    Under BEST_EFFORT it is two kinds, because each costs a process; the grid has all.
    """
    kinds = {"STRICT": faults.BAD_SECRETS, "BEST_EFFORT": faults.BAD_SECRETS[1:3]}
    return {
        f"bad-secrets-{_word(mode)}": of_secrets.bad_secrets(example(formats[0], mode), kinds[mode])
        for mode in modes
    }


def all_bad_secrets(formats: Formats) -> Grid:
    """Every secret that gives no credentials, in both modes."""
    return tuple(of_secrets.bad_secrets(example(formats[0], mode)) for mode in MODES)


def secrets_withheld(formats: Formats, *, modes: tuple[str, ...] = MODES) -> Corners:
    """Secrets Manager fails, throttles, hangs up; in both modes."""
    return {
        f"secrets-withheld-{_word(mode)}": of_secrets.secrets_manager_in_trouble(
            example(formats[0], mode)
        )
        for mode in modes
    }


def of_nine_mebibytes(formats: Formats) -> Corners:
    """A snapshot of 9 MiB, made and deleted, after a small one."""
    return {f"nine-mebibytes-{form}": adversity.grown(example(form, "STRICT")) for form in formats}


def limits(formats: Formats) -> Corners:
    """The limit at the size of the last upload, and one byte less."""
    return {
        f"limit-{form}-{_word(mode)}": adversity.around_the_limit(example(form, mode))
        for form in formats
        for mode in MODES
    }


def odd_values(formats: Formats) -> Corners:
    """Configuration values of no meaning."""
    bundle = example(formats[0], "BEST_EFFORT")
    return {
        f"odd-value-{odd.value.lower()}": adversity.with_an_odd_value(odd.spoil(bundle))
        for odd in adversity.ODD_VALUES
    }


def troubles(
    formats: Formats, *, troubles: Iterable[Trouble], modes: tuple[str, ...] = MODES
) -> Grid:
    """Every trouble in an Update and a Delete, and in a Create."""
    return tuple(
        scenario
        for mode in modes
        for trouble in troubles
        for scenario in (
            adversity.after_a_healthy_life(example(formats[0], mode), trouble),
            adversity.created_in_trouble(example(formats[0], mode), trouble),
        )
    )


def beside_a_refusal(formats: Formats, *, troubles: Iterable[Trouble]) -> Grid:
    """Every trouble after a plain refusal, in both modes and all kinds of request."""
    return tuple(
        adversity.beside_a_refusal(example(formats[0], mode), trouble, kinds=kinds)
        for mode in MODES
        for trouble in troubles
        for kinds in KINDS
    )


def _word(mode: str) -> str:
    return mode.lower().replace("_", "-")
