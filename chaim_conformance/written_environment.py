"""The environment that a binder wrote, with what is real for what stands for it."""

from __future__ import annotations

from collections.abc import Mapping

from chaim_conformance.scenario import Bundle, StandIn

# Which of the contract's variables has the real value.
REAL: Mapping[StandIn, str] = {
    "base-url": "CHAIM_API_BASE_URL",
    "api-key": "API_KEY",
    "api-secret": "API_SECRET",
    "secret": "SECRET_NAME",
}


def as_written(
    bundle: Bundle, real: Mapping[str, str | None], *, names: Mapping[str, str]
) -> dict[str, str]:
    """The bundle's ``variables`` as a deployment of the kit has them.

    ``real`` are the deployment's own values, by the contract's names, ``None`` where it has none;
    ``names`` are the provider's. A base URL and keys are replaced wherever they stand, a secret
    where it is the whole value, and the appId is left alone, whatever it looks like. Where the
    service's URL comes nowhere, it is added by its name: the true one is out of reach.
    """
    stand_ins = sorted(bundle.stand_ins, key=lambda one: len(one[0]), reverse=True)

    def deployed(value: str) -> str:
        for text, kind in stand_ins:
            instead = real[REAL[kind]]
            if text and instead is not None and value == text:
                return instead
            if text and instead is not None and kind != "secret":
                value = value.replace(text, instead)
        return value

    app_id = names.get("APP_ID", "APP_ID")
    own = {
        name: value if name == app_id else deployed(value) for name, value in bundle.variables or ()
    }
    base_url = real["CHAIM_API_BASE_URL"]
    if base_url is not None and not any(base_url in value for value in own.values()):
        own[names.get("CHAIM_API_BASE_URL", "CHAIM_API_BASE_URL")] = base_url
    return own
