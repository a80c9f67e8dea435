"""Which parts of a record count when trials are compared, and how much. Pure.

What a trial is about stands in its titles, conditions, keywords and interventions, so their words count most. Standard
phrases stand in the criteria, and most of all among the exclusions: what a trial excludes is not what it is about.
`bench/similar` measures the weights; docs/explanation/similar.md says how they were chosen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

from tracker.records.trial import OutcomeMeasure, TrialRecord

__all__ = ["RANKING", "Section", "included_and_excluded", "sections", "subject_of", "text_of"]

RANKING = 2
"""Raised when the ranking changes. Then other trials belong to a cohort, and that is not reported as news."""

_SUBJECT = 5.0
_HEADING = 1.5
_WIDER_HEADING = 1.0
_TEXT = 1.0
_OTHER_OUTCOME = 0.5
_EXCLUSION = 0.25

_EXCLUSIONS = re.compile(
    r"\b(?:key |main |major )?"
    r"(?:exclusions?(?: criteri(?:a|on|um))?\s*:|exclusion criteri(?:a|on|um)\b"
    r"|(?:not eligible|ineligible) (?:if|for)\b|non[- ]inclusion criteria\b)",
    re.IGNORECASE,
)
"""How the exclusions of a free text begin."""


class Section(NamedTuple):
    """Texts of one record with one weight. A word in it counts `weight` times."""

    weight: float
    texts: tuple[str, ...]


def sections(record: TrialRecord) -> list[Section]:
    """Return all that a trial says about its subject. No people, places, dates or identifiers."""
    mesh, outcomes = record.mesh, record.outcomes
    included, excluded = included_and_excluded(record)
    return [
        Section(_SUBJECT, subject_of(record)),
        Section(_HEADING, (*mesh.conditions, *mesh.interventions)),
        Section(_WIDER_HEADING, (*mesh.wider_conditions, *mesh.wider_interventions)),
        Section(_TEXT, _lines([record.summary, record.description, included, *_measures(outcomes.primary.values())])),
        Section(_OTHER_OUTCOME, _measures(chain(outcomes.secondary.values(), outcomes.other.values()))),
        Section(_EXCLUSION, _lines([excluded])),
    ]


def subject_of(record: TrialRecord) -> tuple[str, ...]:
    """Return the short texts that name the subject: titles, conditions, keywords, interventions."""
    title = record.title
    things = (name for thing in record.interventions.values() for name in (thing.name, *thing.other_names))
    return _lines([title.brief, title.official, title.acronym, *record.conditions, *things, *record.keywords])


def text_of(record: TrialRecord) -> str:
    """Return the text of a record without its exclusions, one field per line."""
    return "\n".join(text for section in sections(record)[:-1] for text in section.texts)


def included_and_excluded(record: TrialRecord) -> tuple[str, str]:
    """Return the criteria before the exclusions, and the exclusions. The second is "" if no heading separates them."""
    criteria = record.eligibility.criteria or ""
    heading = _EXCLUSIONS.search(criteria)
    return (criteria[: heading.start()], criteria[heading.end() :]) if heading else (criteria, "")


def _measures(outcomes: Iterable[OutcomeMeasure]) -> tuple[str, ...]:
    return _lines(outcome.measure for outcome in outcomes)


def _lines(texts: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(line for text in texts if text and (line := " ".join(text.split())))
