"""Find the field of a record that changed whether a rule applies. Pure.

The rule itself is asked. A field caused the change if copying it alone into the old version gives the new answer. If
several fields are needed together, the cause is each field without which the answer would be the old one. If there is
none either, all differing fields are named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from typing import Any, NamedTuple

import msgspec

from tracker.changes.wording.words import listed, phase_words, shortened, status_words
from tracker.records.trial import TrialRecord
from tracker.results.duties import applies
from tracker.results.rules.verdict import intervention_types, words

__all__ = ["LOOKED_AT", "put", "turned_by"]

Said = Callable[[Any], str | frozenset[str]]


class _Field(NamedTuple):
    """A part of the record that rules read: its path and its name in a sentence.

    `said` turns the value at the path into a text or a set of names.
    """

    path: str
    label: str
    words: Said


def _yes(value: bool | None) -> str:
    return "not given" if value is None else "yes" if value else "no"


def _code(value: str | None) -> str:
    return words(value) if value else "not given"


def _date(value: Any) -> str:
    return shortened(value.date, 20) if value else "not given"


def _phases(value: Sequence[str]) -> str:
    return phase_words(value) if value else "not given"


def _named(value: Iterable[str]) -> frozenset[str]:
    return frozenset(value)


def _sponsors(value: Any) -> frozenset[str]:
    return frozenset(filter(None, (value.lead, *(it.name for it in value.collaborators.values()))))


def _numbers(value: Any) -> frozenset[str]:
    return frozenset(f"{it.id} ({it.domain})" if it.domain else it.id for it in value.values())


def _kinds(value: Any) -> frozenset[str]:
    return frozenset(words(kind) for kind in intervention_types(TrialRecord("", "", "", interventions=value)))


LOOKED_AT: tuple[_Field, ...] = (
    _Field("status", "recruitment status", status_words),
    _Field("study_type", "study type", _code),
    _Field("phases", "phase", _phases),
    _Field("design.purpose", "primary purpose", _code),
    _Field("oversight.fda_regulated_drug", "FDA-regulated drug", _yes),
    _Field("oversight.fda_regulated_device", "FDA-regulated device", _yes),
    _Field("oversight.pediatric_postmarket", "pediatric postmarket surveillance of a device", _yes),
    _Field("oversight.us_export", "export from the US", _yes),
    _Field("results.waived", "waiver of the results", _yes),
    _Field("dates.start", "start", _date),
    _Field("dates.primary_completion", "primary completion", _date),
    _Field("dates.completion", "completion", _date),
    _Field("countries", "countries", _named),
    _Field("interventions", "kinds of intervention", _kinds),
    _Field("sponsor", "sponsor and collaborators", _sponsors),
    _Field("identifiers", "other numbers", _numbers),
)
"""Every part of a record that any rule reads to decide whether it applies."""


def turned_by(rule: str, before: TrialRecord, after: TrialRecord) -> str:
    """Return in words what changed the answer of a rule: `phase changed from Phase 2 to Phase 1`."""
    differing = [it for it in LOOKED_AT if _at(before, it.path) != _at(after, it.path)]
    was, now = applies(rule, before), applies(rule, after)
    alone = [it for it in differing if applies(rule, put(before, it.path, after)) == now]
    needed = [it for it in differing if applies(rule, put(after, it.path, before)) == was]
    sentences = (_said(it, before, after) for it in alone or needed or differing)
    return "; ".join(filter(None, sentences))


def _at(record: Any, path: str) -> Any:
    return reduce(getattr, path.split("."), record)


def put(record: TrialRecord, path: str, other: TrialRecord) -> TrialRecord:
    """Return `record` with the value at `path` taken from `other`."""
    part, _, name = path.partition(".")
    value = _at(other, path)
    if name:
        value = msgspec.structs.replace(getattr(record, part), **{name: value})
    return msgspec.structs.replace(record, **{part: value})


def _said(field: _Field, before: TrialRecord, after: TrialRecord) -> str:
    was, now = (field.words(_at(record, field.path)) for record in (before, after))
    if isinstance(was, str) or isinstance(now, str):
        return f"{field.label} changed from {was} to {now}" if was != now else ""
    parts = list(_parted(was, now))
    return f"{field.label}: {', '.join(parts)}" if parts else ""


def _parted(was: frozenset[str], now: frozenset[str]) -> Iterator[str]:
    for names, verb in ((was - now, "no longer given"), (now - was, "added")):
        if names:
            yield f"{listed(sorted(names), 2)} {verb}"
