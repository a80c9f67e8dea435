"""Environment variables that are nearly ours. A mistyped one has no effect, and the wrong store is used. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches

from tracker.config.read_settings import ENVIRONMENT

__all__ = ["misspelled"]

_PREFIX = "TRIALWATCH_"
_OURS = (*ENVIRONMENT, *(f"{_PREFIX}{name}" for name in ("HOME", "CONFIG", "OUTPUT", "TEST_CLOCK")))
_LIKE = 0.6
"""How much the part after the prefix must be like one of ours. Others may be names of secrets."""


def misspelled(environment: Mapping[str, str], own: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Yield each variable that was probably meant to be one of ours, with that one. `own` are names the file uses."""
    known = {name.removeprefix(_PREFIX): name for name in _OURS}
    for name in sorted(environment):
        if not name.startswith(_PREFIX) or name in own or name in _OURS:
            continue
        near = get_close_matches(name.removeprefix(_PREFIX), known, 1, _LIKE)
        if near:
            yield name, known[near[0]]
