"""Why two trials are similar: what their records share. Each reason is checked in both records. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tracker.records.trial import TrialRecord
from tracker.similar.ranking.sections import subject_of, text_of
from tracker.similar.ranking.tokens import phrases_in, telling, terms

__all__ = ["SharedFact", "reasons"]

TERMS = 5
_DESIGN = ("allocation", "model", "purpose", "masking", "observational_model", "time_perspective")


@dataclass(frozen=True, slots=True)
class SharedFact:
    """One thing that both records contain.

    `kind`: condition, mesh, intervention, phase, study_type, design.<field>, sponsor, country or term. `value` is
    spelled as in the first record. `share` of a term: its part of the score, from 0 to 1. It is None for the other
    kinds, which have no weight.
    """

    kind: str
    value: str
    share: float | None = None


def reasons(one: TrialRecord, other: TrialRecord, shares: Sequence[tuple[str, float]]) -> list[SharedFact]:
    """Return what both records share, the most telling kinds first. `shares`: as from `telling_terms`.

    An empty value (no phase, no masking) is never a reason.
    """
    named = [
        *_same("condition", one.conditions, other.conditions),
        *_same("mesh", one.mesh.conditions, other.mesh.conditions),
        *_same("intervention", _interventions(one), _interventions(other)),
        *_same("mesh", one.mesh.interventions, other.mesh.interventions),
    ]
    covered = {term for fact in named for term in terms(fact.value)}
    return [
        *named,
        *_terms(one, other, shares, covered),
        *_same("phase", _phase(one), _phase(other)),
        *_same("study_type", [one.study_type], [other.study_type]),
        *(reason for name in _DESIGN for reason in _same_design(name, one, other)),
        *_same("sponsor", [one.sponsor.lead], [other.sponsor.lead]),
        *_same("country", one.countries, other.countries),
    ]


def _same(kind: str, one: Iterable[str | None], other: Iterable[str | None]) -> list[SharedFact]:
    """Return a reason for each text in both records, ignoring case and white space."""
    theirs = {_plain(text) for text in other if text}
    mine = {_plain(text): text for text in one if text}
    return [SharedFact(kind, text) for plain, text in mine.items() if plain in theirs]


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _interventions(record: TrialRecord) -> list[str]:
    return [name for thing in record.interventions.values() for name in (thing.name, *thing.other_names)]


def _phase(record: TrialRecord) -> list[str]:
    """Return the phases as one text, because phase 1/2 is not phase 2."""
    return [] if "NA" in record.phases else ["/".join(sorted(record.phases))]


def _same_design(name: str, one: TrialRecord, other: TrialRecord) -> list[SharedFact]:
    mine, theirs = (
        [code for code in (getattr(record.design, name),) if code not in (None, "NA", "NONE")]
        for record in (one, other)
    )
    return _same(f"design.{name}", mine, theirs)


def _terms(
    one: TrialRecord, other: TrialRecord, shares: Sequence[tuple[str, float]], covered: set[str]
) -> list[SharedFact]:
    """Return the terms with the largest shares, as words that occur in both texts.

    A term must name the subject of one of the two: it is in its titles, conditions, interventions or keywords. Words of
    the criteria alone are standard phrases, and words of the exclusions say what a trial is not about. Words that are
    `covered` were given before. A pair says more than one of its words, so it is given instead if it adds half as much.
    """
    mine, theirs = phrases_in(text_of(one)), phrases_in(text_of(other))
    subjects = phrases_in("\n".join((*subject_of(one), *subject_of(other)))).keys()

    def written(term: str) -> str | None:
        both = sorted(phrase for phrase in mine.get(term, set()) & theirs.get(term, set()) if telling(phrase))
        return both[0] if both and term in subjects else None

    usable = {term: (phrase, share) for term, share in shares if (phrase := written(term)) is not None}
    found: list[SharedFact] = []
    given = {word for term in covered for word in term.split()}
    for term, (_, share) in usable.items():
        if not given.isdisjoint(term.split()):
            continue
        pairs = (pair for pair in usable if " " in pair and term in pair.split() and given.isdisjoint(pair.split()))
        chosen = next((pair for pair in pairs if usable[pair][1] >= share / 2), term)
        phrase, part = usable[chosen]
        found.append(SharedFact("term", phrase, round(part, 4)))
        given |= set(chosen.split())
        if len(found) == TERMS:
            break
    return found
