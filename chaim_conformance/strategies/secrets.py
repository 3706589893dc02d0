"""Whole scenarios with credentials in Secrets Manager, good ones and bad ones.

Each deployment that names a secret has a process of its own, so much is put into one scenario.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from chaim_conformance.scenario import Attempt, Bundle, CredentialsKind, Operation, Scenario
from chaim_conformance.strategies.bundles import Format, bundles
from chaim_conformance.strategies.faults import BAD_SECRETS, FORBIDDEN, SECRETS_FAULTS

Formats = tuple[Format, ...]


def _with(bundle: Bundle, *kinds: CredentialsKind) -> tuple[Bundle, ...]:
    """The bundle, then the same with credentials of these kinds."""
    return bundle, *(replace(bundle, credentials=kind) for kind in kinds)


def rotated_secret(bundle: Bundle) -> Scenario:
    """Credentials of the environment, then a secret that is rotated twice, then both (H80).

    After the first rotation the process is the same, after the second it is a new one.
    """
    return Scenario(
        bundles=_with(bundle, "secret-name", "secret-beside-environment"),
        operations=(
            Operation(request_type="Create"),
            Operation(request_type="Update", bundle=1),
            Operation(request_type="Update", bundle=1, rotates=True),
            Operation(
                request_type="Update", bundle=1, rotates=True, attempts=(Attempt(start="cold"),)
            ),
            Operation(request_type="Delete", bundle=2),
        ),
    )


def secret_by_arn(bundle: Bundle) -> Scenario:
    """A secret that is named by its ARN, for a Delete and, rotated, a Create (H80)."""
    return Scenario(
        bundles=_with(bundle, "secret-arn"),
        operations=(
            Operation(request_type="Create"),
            Operation(request_type="Delete", bundle=1),
            Operation(request_type="Create", bundle=1, rotates=True),
        ),
    )


def bad_secrets(bundle: Bundle, kinds: tuple[CredentialsKind, ...] = BAD_SECRETS) -> Scenario:
    """A plain refusal, for comparison, then secrets that give no credentials (H82)."""
    return Scenario(
        bundles=_with(bundle, *kinds),
        operations=(
            Operation(request_type="Create"),
            Operation(request_type="Update"),
            Operation(request_type="Update", attempts=(Attempt(presign=(FORBIDDEN,)),)),
            *(Operation(request_type="Update", bundle=1 + n) for n in range(len(kinds))),
        ),
    )


def secrets_manager_in_trouble(bundle: Bundle) -> Scenario:
    """A healthy life, then a good secret that Secrets Manager does not give, for any reason."""
    return Scenario(
        bundles=_with(bundle, "secret-name"),
        operations=(
            Operation(request_type="Create"),
            Operation(request_type="Update"),
            *(
                Operation(request_type="Update", bundle=1, attempts=(Attempt(secrets=(fault,)),))
                for fault in SECRETS_FAULTS
            ),
        ),
    )


@st.composite
def secret_lives(draw: st.DrawFn, formats: Formats = ("1.0", "3.0")) -> Scenario:
    """:func:`rotated_secret` or :func:`secret_by_arn` with everything drawn."""
    scenario = draw(st.sampled_from((rotated_secret, secret_by_arn)))
    return scenario(draw(bundles(formats=formats)))


@st.composite
def useless_secrets(
    draw: st.DrawFn, formats: Formats = ("1.0", "3.0"), *, mode: str = "STRICT"
) -> Scenario:
    """:func:`bad_secrets` with everything drawn, in any order."""
    kinds = draw(st.permutations(BAD_SECRETS))
    return bad_secrets(draw(bundles(formats=formats, failure_modes=(mode,))), tuple(kinds))


@st.composite
def secrets_withheld(
    draw: st.DrawFn, formats: Formats = ("1.0", "3.0"), *, mode: str = "STRICT"
) -> Scenario:
    """:func:`secrets_manager_in_trouble` with a bundle that is drawn."""
    return secrets_manager_in_trouble(draw(bundles(formats=formats, failure_modes=(mode,))))
