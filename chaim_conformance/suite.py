"""The conformance suite: for each clause the stimuli that put it to the test.

A :class:`Stimulus` has *corners* with names and a *grid* (see ``corners.py``), which are the same
for everybody, and a strategy, for what nobody thought of. The corpus is distilled from all three.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from chaim_conformance import corners, wire_corners
from chaim_conformance.corners import Corners, Formats, Grid
from chaim_conformance.scenario import Scenario
from chaim_conformance.strategies import adversity, faults, lives, secrets, strangers
from chaim_conformance.strategies.faults import BUNDLE_TROUBLES, Trouble
from chaim_conformance.strategies.stories import stories

# A strategy, or a state machine that hands the stories which it makes up to a function.
Source = st.SearchStrategy[Any] | Callable[[Callable[[Any], None]], type[RuleBasedStateMachine]]
# Sources of which each is drawn from: one for each kind of trouble, so that no seed misses any.
Strata = tuple[Source, ...]
Draws = Callable[[Formats], Strata]


def _no_grid(formats: Formats) -> Grid:
    return ()


def _no_corners(formats: Formats) -> Corners:
    return {}


@dataclass(frozen=True, kw_only=True)
class Stimulus:
    """What is played for a clause, for a provider that knows these snapshot formats.

    ``odd`` draws what is allowed and yet no real platform produces; ``thorough`` alone plays it.
    ``waiting`` takes as long as the provider's function may: ``thorough`` plays it, or who asks.
    ``cost`` divides the number of draws, where one takes as long as many of others.
    """

    drawn: Draws
    odd: Draws | None = None
    corners: Callable[[Formats], Corners] = _no_corners
    grid: Callable[[Formats], Grid] = _no_grid
    waiting: Callable[[Formats], Corners] = _no_corners
    cost: int = 1

    def fixed(self, formats: Formats) -> tuple[Scenario, ...]:
        """Corners and grid."""
        return (*self.corners(formats).values(), *self.grid(formats))


def _all(*parts: Callable[[Formats], Corners]) -> Callable[[Formats], Corners]:
    """The corners of several functions."""
    return lambda formats: {name: one for part in parts for name, one in part(formats).items()}


REFUSED_PRESIGNS = tuple(
    Trouble(presign=(fault,))
    for fault in (faults.REFUSAL_WITH_URL, *faults.PRESIGN_REFUSALS, *faults.UNHEARD)
)
ANY_TROUBLE = (
    *faults.SERVICE_TROUBLES,
    *faults.MALFORMED,
    *BUNDLE_TROUBLES,
    *faults.CONFIGURATION_TROUBLES,
)
LOUD_TROUBLES = (*faults.SERVICE_TROUBLES, *BUNDLE_TROUBLES, *faults.CONFIGURATION_TROUBLES)
MALFORMED_KEY = faults.CREDENTIALS_TROUBLES[-1]
ANSWERED_TROUBLES = (
    *faults.SERVICE_TROUBLES,
    *faults.MALFORMED,
    *faults.EITHER_WAY,
    *faults.WORDY_TROUBLES,
)


def _in_trouble(mode: str, troubles: tuple[Trouble, ...]) -> Stimulus:
    return Stimulus(
        corners=_all(
            wire_corners.impostors,
            partial(corners.bad_secrets, modes=(mode,)),
            partial(corners.secrets_withheld, modes=(mode,)),
        ),
        grid=partial(corners.troubles, troubles=troubles, modes=(mode,)),
        drawn=lambda formats: (
            *_troubled(formats, troubles, (mode,)),
            secrets.useless_secrets(formats, mode=mode),
            secrets.secrets_withheld(formats, mode=mode),
            strangers.lives_beside_an_impostor(formats, mode=mode),
        ),
    )


def _troubled(
    formats: Formats, troubles: tuple[Trouble, ...], modes: tuple[str, ...] = corners.MODES
) -> Strata:
    return tuple(
        adversity.troubled_lives(formats, troubles=(trouble,), mode=mode)
        for mode in modes
        for trouble in troubles
    )


def _retried(formats: Formats) -> Strata:
    return tuple(
        lives.retried_operations(formats, presign=st.just(fault))
        for fault in (*faults.PRESIGN_REFUSALS, *faults.UNHEARD)
    ) + tuple(
        lives.retried_operations(formats, bucket=st.just(fault))
        for fault in (*faults.BUCKET_REFUSALS, *faults.UNHEARD, faults.LATE)
    )


def _one(strategy: Callable[[Formats], Source]) -> Draws:
    """Draws of a single kind."""
    return lambda formats: (strategy(formats),)


def _beside_a_refusal(
    troubles: tuple[Trouble, ...], named: Callable[[Formats], Corners] = _no_corners
) -> Stimulus:
    return Stimulus(
        corners=named,
        grid=partial(corners.beside_a_refusal, troubles=troubles),
        drawn=lambda formats: tuple(
            adversity.troubles_beside_a_refusal(formats, troubles=(trouble,))
            for trouble in troubles
        ),
    )


HEALTHY = Stimulus(
    corners=corners.healthy,
    drawn=_one(lives.healthy_lives),
    odd=_one(partial(lives.healthy_lives, odd=True)),
)
HEALTHY_OR_LARGE = replace(HEALTHY, corners=_all(corners.healthy, corners.large))
RETRIED = Stimulus(corners=_all(corners.retried, wire_corners.retried), drawn=_retried)
# Many stories: what goes wrong there takes several steps.
STORIES = Stimulus(corners=corners.stacks, drawn=lambda formats: (stories(formats),))
HEALTHY_OR_RETRIED = replace(
    HEALTHY,
    corners=_all(corners.healthy, corners.retried, wire_corners.retried),
    drawn=lambda formats: (lives.healthy_lives(formats), *_retried(formats)),
)
ANSWERED = Stimulus(
    corners=_all(corners.healthy, corners.credentials, corners.telling_urls),
    grid=partial(corners.troubles, troubles=ANSWERED_TROUBLES),
    drawn=lambda formats: (
        lives.healthy_lives(formats),
        *_troubled(formats, (*ANSWERED_TROUBLES, MALFORMED_KEY)),
    ),
)

BESIDE_A_REFUSAL = _beside_a_refusal(
    faults.CREDENTIALS_TROUBLES, _all(corners.credentials, corners.bad_secrets)
)
BAD_CREDENTIALS = replace(
    BESIDE_A_REFUSAL,
    grid=lambda formats: (*BESIDE_A_REFUSAL.grid(formats), *corners.all_bad_secrets(formats)),
    drawn=lambda formats: (
        *BESIDE_A_REFUSAL.drawn(formats),
        *(secrets.useless_secrets(formats, mode=mode) for mode in corners.MODES),
    ),
)
# Where a secret, too, must not be found.
SECRETIVE = replace(
    ANSWERED,
    corners=_all(ANSWERED.corners, corners.secrets, corners.bad_secrets, corners.secrets_withheld),
    drawn=lambda formats: (
        *ANSWERED.drawn(formats),
        secrets.secret_lives(formats),
        secrets.useless_secrets(formats, mode="BEST_EFFORT"),
    ),
)

SUITE: dict[str, Stimulus] = {
    "H01": HEALTHY,
    "H02": HEALTHY,
    "H03": replace(
        HEALTHY_OR_RETRIED, corners=_all(corners.healthy, corners.retried, corners.stacks)
    ),
    "H04": HEALTHY_OR_RETRIED,
    "H05": HEALTHY,
    "H06": STORIES,
    # What was cancelled before its Create answered is deleted by an id that is no handler's.
    "H07": replace(HEALTHY, corners=_all(corners.healthy, corners.stacks)),
    "H08": STORIES,
    "H09": STORIES,
    "H10": HEALTHY_OR_LARGE,
    "H11": HEALTHY,
    "H12": HEALTHY,
    "H20": HEALTHY_OR_RETRIED,
    "H21": HEALTHY_OR_RETRIED,
    "H22": HEALTHY,
    "H23": HEALTHY_OR_RETRIED,
    "H24": HEALTHY,
    "H25": HEALTHY_OR_LARGE,
    "H26": Stimulus(corners=corners.base_urls, drawn=_one(lives.base_urls)),
    "H30": Stimulus(corners=corners.telling_urls, drawn=_one(lives.uploads_to_telling_urls)),
    "H31": HEALTHY_OR_LARGE,
    "H32": HEALTHY,
    "H33": HEALTHY_OR_RETRIED,
    "H34": Stimulus(
        grid=partial(corners.troubles, troubles=REFUSED_PRESIGNS),
        drawn=lambda formats: _troubled(formats, REFUSED_PRESIGNS, ("BEST_EFFORT",)),
    ),
    "H40": HEALTHY_OR_LARGE,
    "H41": Stimulus(corners=corners.legacy, drawn=_one(lives.legacy_lives)),
    "H42": HEALTHY,
    "H43": HEALTHY_OR_LARGE,
    "H50": _in_trouble("BEST_EFFORT", (*ANY_TROUBLE, *faults.EITHER_WAY)),
    "H51": _in_trouble("STRICT", (*faults.SERVICE_TROUBLES, *BUNDLE_TROUBLES)),
    "H52": Stimulus(
        corners=corners.without_mode,
        drawn=lambda formats: tuple(
            adversity.without_failure_mode(formats, troubles=(trouble,))
            for trouble in LOUD_TROUBLES
        ),
    ),
    "H53": _in_trouble("BEST_EFFORT", LOUD_TROUBLES),
    "H54": replace(
        HEALTHY_OR_LARGE,
        corners=_all(corners.healthy, corners.large, corners.stacks),
        drawn=lambda formats: (lives.healthy_lives(formats), stories(formats)),
    ),
    "H55": _beside_a_refusal(faults.MALFORMED),
    "H56": Stimulus(
        corners=wire_corners.cut_short,
        drawn=lambda formats: _troubled(formats, faults.CUT_SHORT_TROUBLES),
        waiting=wire_corners.waiting,
    ),
    "H57": replace(
        RETRIED,
        corners=_all(corners.retried, wire_corners.retried, corners.stacks),
        drawn=lambda formats: (*_retried(formats), stories(formats)),
    ),
    "H60": ANSWERED,
    "H61": ANSWERED,
    "H70": SECRETIVE,
    "H71": SECRETIVE,
    "H72": ANSWERED,
    "H73": Stimulus(corners=wire_corners.impostors, drawn=_one(strangers.lives_beside_an_impostor)),
    "H74": Stimulus(corners=wire_corners.led_away, drawn=_one(strangers.lives_led_away)),
    "H75": SECRETIVE,
    "H80": Stimulus(corners=corners.secrets, drawn=_one(secrets.secret_lives), cost=20),
    "H81": HEALTHY,
    "H82": BAD_CREDENTIALS,
    "H90": Stimulus(
        corners=corners.of_nine_mebibytes, drawn=_one(adversity.grown_snapshots), cost=20
    ),
    "H91": Stimulus(corners=corners.limits, drawn=_one(adversity.limits)),
    "H92": Stimulus(corners=corners.odd_values, drawn=_one(adversity.odd_values)),
}
