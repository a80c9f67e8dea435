"""Filters of similar trials, as people type them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from tracker.registries.listed import searched
from tracker.services.spelling import Spelling, as_option
from tracker.services.typed.choices import check_choice
from tracker.similar.filters import Filters

__all__ = ["similar_filters"]

_PHASE = re.compile(r"(?i)^(early)?[ _]*(?:phase)?[ _]*(\d)$")


def similar_filters(
    status: Sequence[str] | None,
    phase: Sequence[str] | None,
    country: Sequence[str] | None,
    has_results: bool,
    spelling: Spelling = as_option,
) -> Filters:
    """Return the filters in the codes of the registry. Raise UsageError for a status or a phase that is none."""
    _, language = searched()
    return Filters(
        statuses=_codes(spelling("status"), status, language.statuses),
        phases=_codes(spelling("phase"), [_PHASE.sub(_phase, it) for it in phase or ()], language.phases),
        countries=frozenset(country or ()),
        has_results=has_results,
    )


def _phase(found: re.Match[str]) -> str:
    return f"{'EARLY_' if found[1] else ''}PHASE{found[2]}"


def _codes(option: str, given: Sequence[str] | None, known: Collection[str]) -> frozenset[str]:
    """Return what was typed as the registry's codes. Any case works, and spaces or hyphens count as underscores."""
    codes = {re.sub(r"\W+", "_", word.strip()).upper(): word for word in given or ()}
    for code, word in codes.items():
        if code not in known:
            check_choice(option, word, sorted(known))
    return frozenset(codes)
