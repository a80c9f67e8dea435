"""Warning signs: the edits of a record that may matter more than they look. Pure.

A sign says what was done, when in the trial's life, and shows the words and dates it rests on. It is no verdict: most
such edits are honest. `signs` compares two versions; `enrollment_signs` and `slip_of` look over all of them.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any, NamedTuple

from tracker.changes.words import count_of, days_between, listed, shortened, status_words
from tracker.records.dates import RegistryDate
from tracker.records.text import folded
from tracker.records.trial import Outcome, TrialRecord

__all__ = ["Sign", "Slip", "enrollment_signs", "outcome_signs", "signs", "slip_of", "timing_of", "word_changes"]

CUT_SHARE = 0.20
SHORTLY_BEFORE_DAYS = 180
"""A target cut so few days before the count was reported was cut to what had been reached."""
_ALIKE = 0.5
"""Two measures that share this much of their words are one, reworded."""
_STOPPED = frozenset({"TERMINATED", "SUSPENDED", "WITHDRAWN"})
_COMPLETED = frozenset({"after primary completion", "after completion", "after results were posted"})


class Sign(NamedTuple):
    """`timing`: as `timing_of`. `evidence`: JSON values."""

    kind: str
    severity: str
    timing: str
    summary: str
    evidence: dict[str, Any]


class Slip(NamedTuple):
    """How far a date went over all versions: from its first to its last text, in days, in how many moves."""

    first: str
    last: str
    days: int
    moves: int


def timing_of(before: TrialRecord, day: dt.date) -> str:
    """When in the trial's life an edit of `day` was made, by the dates the record gave before it."""
    if before.results.state == "posted":
        return "after results were posted"
    passed = [
        (before.dates.completion, "after completion"),
        (before.dates.primary_completion, "after primary completion"),
        (before.dates.start, "after the start"),
    ]
    known = [(date.last, said) for date, said in passed if date and date.last]
    after = next((said for last, said in known if last < day), None)
    return after or ("before the start" if known else "at an unknown time")


def signs(before: TrialRecord, after: TrialRecord, day: dt.date) -> list[Sign]:
    """The signs in one step from version to version; `day` is the day the edit took effect."""
    timing = timing_of(before, day)
    found = outcome_signs(before, after, timing)
    for look in (_stopped, _target_cut, _sponsor, _countries):
        found += look(before, after, timing)
    return found + _start(before, after, day, timing)


def outcome_signs(before: TrialRecord, after: TrialRecord, timing: str) -> list[Sign]:
    """Primary outcomes added, dropped, promoted, demoted, reworded, or measured at another time."""
    old, new = before.outcomes.primary, after.outcomes.primary
    gone = {key: item for key, item in old.items() if key not in new}
    come = {key: item for key, item in new.items() if key not in old}
    lower_old, lower_new = _measures(before), _measures(after)
    promoted = [item for item in come.values() if folded(item.measure) in lower_old]
    demoted = [item for item in gone.values() if folded(item.measure) in lower_new]
    gone_for_good = [item for item in gone.values() if item not in demoted]
    really_new = [item for item in come.values() if item not in promoted]
    pairs = _reworded(gone_for_good, really_new)
    for was, now in pairs:
        gone_for_good.remove(was)
        really_new.remove(now)
    pairs += [(old[key], new[key]) for key in old.keys() & new.keys()]
    found = [
        _outcome(kind, said, item, timing)
        for kind, said, items in (
            ("added", "Primary outcome added", really_new),
            ("dropped", "Primary outcome dropped", gone_for_good),
            ("promoted", "Secondary outcome made primary", promoted),
            ("demoted", "Primary outcome made secondary", demoted),
        )
        for item in items
    ]
    return found + [sign for was, now in sorted(pairs, key=str) for sign in _edited(was, now, timing)]


def _measures(record: TrialRecord) -> set[Any]:
    lower = (record.outcomes.secondary, record.outcomes.other)
    return {folded(item.measure) for items in lower for item in items.values()}


def _reworded(gone: Sequence[Outcome], come: Sequence[Outcome]) -> list[tuple[Outcome, Outcome]]:
    """Measures that went and came in other words, the most alike first, each once.

    A measure that came to have a namesake goes and comes in the same words: its time frame tells which it is.
    """
    ranked = sorted(
        ((_likeness(was, now), was, now) for was in gone for now in come), key=lambda it: it[0], reverse=True
    )
    pairs: list[tuple[Outcome, Outcome]] = []
    for (likeness, _), was, now in ranked:
        if likeness >= _ALIKE and all(was is not one and now is not two for one, two in pairs):
            pairs.append((was, now))
    return pairs


def _likeness(one: Outcome, two: Outcome) -> tuple[float, bool]:
    words = SequenceMatcher(None, one.measure.lower().split(), two.measure.lower().split(), autojunk=False)
    return words.ratio(), folded(one.time_frame) == folded(two.time_frame)


def _outcome(kind: str, said: str, item: Outcome, timing: str) -> Sign:
    severity = "critical" if timing in _COMPLETED else "major"
    evidence = {"measure": item.measure, "time_frame": item.time_frame}
    return Sign(f"outcome.{kind}", severity, timing, f"{said} {timing}: {shortened(item.measure)}", evidence)


def _edited(was: Outcome, now: Outcome, timing: str) -> list[Sign]:
    """What was said anew of one outcome. Its time frame alone weighs less than its words."""
    words = {
        part: word_changes(getattr(was, part) or "", getattr(now, part) or "")
        for part in ("measure", "description", "time_frame")
    }
    told = {part: changes for part, changes in words.items() if changes}
    if not told:
        return []
    evidence = {"measure": now.measure, "words": told}
    if set(told) == {"time_frame"}:
        summary = f"Time frame of a primary outcome changed {timing}: {shortened(now.measure)}"
        return [Sign("outcome.time_frame", "minor", timing, summary, evidence)]
    return [
        Sign(
            "outcome.reworded",
            "major",
            timing,
            f"Primary outcome reworded {timing}: {shortened(now.measure)}",
            evidence,
        )
    ]


def word_changes(before: str, after: str) -> list[dict[str, str]]:
    """The words that differ, in order: ``{"before": "at 12", "after": "at 24"}``; white space and case do not count."""
    old, new = str(folded(before)).split(), str(folded(after)).split()
    matcher = SequenceMatcher(None, [word.lower() for word in old], [word.lower() for word in new], autojunk=False)
    return [
        {"before": " ".join(old[start:end]), "after": " ".join(new[other_start:other_end])}
        for kind, start, end, other_start, other_end in matcher.get_opcodes()
        if kind != "equal"
    ]


def _stopped(before: TrialRecord, after: TrialRecord, timing: str) -> list[Sign]:
    if before.status == after.status or after.status not in _STOPPED:
        return []
    reason = shortened(after.why_stopped) if after.why_stopped else "no reason given"
    evidence = {"before": before.status, "after": after.status, "why_stopped": after.why_stopped}
    summary = f"{status_words(after.status)} {timing}: {reason}"
    return [Sign("status.stopped", "critical", timing, summary, evidence)]


def _target_cut(before: TrialRecord, after: TrialRecord, timing: str) -> list[Sign]:
    """A target lowered; an estimate that became a count is none."""
    old, new = before.enrollment, after.enrollment
    if "ACTUAL" in (old.type, new.type) or not old.count or new.count is None or new.count >= old.count:
        return []
    share = (old.count - new.count) / old.count
    severity = "major" if share >= CUT_SHARE else "minor"
    summary = f"Enrollment target cut by {share:.0%} {timing}, from {old.count:,} to {new.count:,}"
    return [Sign("enrollment.cut", severity, timing, summary, {"before": old.count, "after": new.count})]


def _sponsor(before: TrialRecord, after: TrialRecord, timing: str) -> list[Sign]:
    old, new = before.sponsor.lead, after.sponsor.lead
    if not old or not new or folded(old) == folded(new):
        return []
    summary = f"Lead sponsor changed {timing}, from {shortened(old, 50)} to {shortened(new, 50)}"
    return [Sign("sponsor.changed", "major", timing, summary, {"before": old, "after": new})]


def _countries(before: TrialRecord, after: TrialRecord, timing: str) -> list[Sign]:
    """All sites of a country gone, while others stay."""
    gone = sorted(set(before.countries) - set(after.countries))
    if not gone or not after.countries:
        return []
    sites = Counter(site.country for site in before.sites.values())
    evidence = {country: sites[country] for country in gone}
    lost = count_of(sum(evidence.values()), "site")
    return [
        Sign("country.gone", "minor", timing, f"No site left in {listed(gone)} ({lost} before), {timing}", evidence)
    ]


def _start(before: TrialRecord, after: TrialRecord, day: dt.date, timing: str) -> list[Sign]:
    """An actual start moved after the fact; worse when it makes a late registration look like an early one."""
    old, new = before.dates.start, after.dates.start
    if old is None or new is None or old.type != "ACTUAL" or not _apart(old, new) or (old.last or day) >= day:
        return []
    registered = after.dates.first_submitted
    flattering = bool(
        registered and old.first and new.last and old.first.isoformat() < registered <= new.last.isoformat()
    )
    said = "; registration now comes before it" if flattering else ""
    evidence = {"before": old.date, "after": new.date, "edited": day.isoformat(), "first_submitted": registered}
    severity = "major" if flattering else "minor"
    summary = f"Actual start moved after the fact from {shortened(old.date, 20)} to {shortened(new.date, 20)}{said}"
    return [Sign("start.retroactive", severity, timing, summary, evidence)]


def _apart(old: RegistryDate, new: RegistryDate) -> bool:
    """Whether the two cannot be one day: not only said more, or less, precisely."""
    if old.first is None or old.last is None or new.first is None or new.last is None:
        return False
    return new.last < old.first or old.last < new.first


def enrollment_signs(versions: Sequence[tuple[dt.date, TrialRecord]]) -> list[Sign]:
    """Targets cut shortly before the count was reported. `versions`: with their effective days, in timeline order."""
    found = []
    cut: tuple[dt.date, TrialRecord, TrialRecord] | None = None
    for (_, before), (day, after) in pairwise(versions):
        if cut and after.enrollment.type == "ACTUAL" and before.enrollment.type != "ACTUAL":
            found += _cut_before_count(cut, day, after)
            cut = None
        elif _target_cut(before, after, ""):
            cut = (day, cut[1] if cut and (day - cut[0]).days <= SHORTLY_BEFORE_DAYS else before, after)
    return found


def _cut_before_count(cut: tuple[dt.date, TrialRecord, TrialRecord], day: dt.date, counted: TrialRecord) -> list[Sign]:
    on, before, after = cut
    days = (day - on).days
    if days > SHORTLY_BEFORE_DAYS:
        return []
    target, lowered, count = before.enrollment.count, after.enrollment.count, counted.enrollment.count
    evidence = {"target": target, "cut_to": lowered, "counted": count, "cut_on": on.isoformat(), "days": days}
    summary = (
        f"Target cut from {target:,} to {lowered:,} only {count_of(days, 'day')} before {count or 0:,} were counted"
    )
    return [Sign("enrollment.cut_before_count", "major", timing_of(before, on), summary, evidence)]


def slip_of(dates: Sequence[RegistryDate | None]) -> Slip | None:
    """How far one date went over all versions in timeline order; None when no version gives a readable one."""
    told = [date for date in dates if date is not None and date.last is not None]
    if not told:
        return None
    moves = sum(_apart(old, new) for old, new in pairwise(told))
    return Slip(told[0].date, told[-1].date, days_between(told[0], told[-1]) or 0, moves)
