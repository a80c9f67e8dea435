"""By what a results status is made. One that other rules or readers made is not valid any more."""

from __future__ import annotations

from tracker.registries.listed import REGISTRIES
from tracker.results.duties import RULES

__all__ = ["MADE_BY"]

_SHAPE = 4
_READERS = tuple(str(registry.normalizer) for registry in REGISTRIES.values())
MADE_BY = ";".join([str(_SHAPE), *_READERS, *(f"{rule.name}@{rule.version}" for rule in RULES.values())])
