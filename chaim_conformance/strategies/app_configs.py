"""Configurations of bindings, and the environments of the stacks that they stand in."""

from __future__ import annotations

from functools import cache
from itertools import product

from hypothesis import strategies as st

from chaim_conformance.intrinsics import Place
from chaim_conformance.strategies.pools import APP_IDS
from chaim_conformance.synth_scenario import Config, FailureMode, SynthCredentials

# An account and a region; ``None`` is unknown at synth.
Environment = tuple[str | None, str | None]
HOME: Environment = ("123456789012", "us-east-1")
CHINA: Environment = ("111122223333", "cn-north-1")
GOV_CLOUD: Environment = ("444455556666", "us-gov-west-1")
ENVIRONMENTS: tuple[Environment, ...] = (
    HOME,
    HOME,
    HOME,
    ("123456789012", "eu-central-1"),
    (None, None),
    (None, "eu-west-1"),
    ("210987654321", None),
    CHINA,
    GOV_CLOUD,
)
SECRETS = ("chaim/api-credentials", "prod/chaim_keys+v2@eu=1.2", "chaim-AbCdEf")
# How a configuration names its credentials, and its failure mode.
CREDENTIALS = ("name", "arn", "keys")
MODES: tuple[FailureMode | None, ...] = (None, "STRICT", "BEST_EFFORT")

config_forms = st.sampled_from(tuple(product(MODES, CREDENTIALS, SECRETS)))
app_ids = st.sampled_from(APP_IDS)


def secret_arn(name: str, account: str | None, region: str | None) -> str:
    """The full ARN of a secret, in the partition of its region; at home where that is unknown."""
    region = region or "us-east-1"
    partition = Place(stack="", region=region).partition
    return f"arn:{partition}:secretsmanager:{region}:{account or HOME[0]}:secret:{name}-AbCdEf"


def configs(
    *, account: str | None = HOME[0], region: str | None = HOME[1]
) -> st.SearchStrategy[Config]:
    """Binding configurations that are in order, for a stack of this account and region.

    A secret is named, or given by its full ARN; or there are keys. With and without failure mode.

    >>> from hypothesis import given
    >>> from chaim_conformance.strategies import configs
    >>> @given(configs(region="cn-north-1"))
    ... def test_my_grants(config):
    ...     assert not config.credentials.secret.startswith("arn:aws:")
    >>> test_my_grants()
    """
    return _configs(account, region)


@cache
def _configs(account: str | None, region: str | None) -> st.SearchStrategy[Config]:
    def config(app_id: str, form: tuple[FailureMode | None, str, str]) -> Config:
        mode, credentials, name = form
        if credentials == "keys":
            return Config(
                app_id=app_id,
                credentials=SynthCredentials(kind="keys"),
                failure_mode=mode,
            )
        secret = name if credentials == "name" else secret_arn(name, account, region)
        return Config(app_id=app_id, credentials=SynthCredentials(secret=secret), failure_mode=mode)

    return st.builds(config, app_ids, config_forms)
