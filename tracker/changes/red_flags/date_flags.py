"""Red flags in status, dates, enrollment, sponsor and countries. Pure.

A flag says what was done and when in the trial's life, and shows the words and dates behind it. It is no verdict: most
such edits are honest. `date_flags` compares two versions. `enrollment_flags` and `slip_of` use all versions.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from storage.values.severity import Severity
from tracker.changes.events.date_events import apart
from tracker.changes.events.due_events import only_precision
from tracker.changes.events.withheld import STOPPED
from tracker.changes.gravity import MAJOR_SHARE
from tracker.changes.matching.match_items import matched_in
from tracker.changes.red_flag import RedFlag, timing_of, when
from tracker.changes.red_flags.outcome_flags import outcome_flags
from tracker.changes.wording.words import (
    both,
    count_of,
    days_between,
    listed,
    shortened,
    stands_in,
    status_words,
    whole_percent,
)
from tracker.records.dates import RegistryDate
from tracker.records.text import plain_words
from tracker.records.trial import TrialRecord
from tracker.results.duties import Duty

__all__ = ["DateSlip", "RedFlag", "date_flags", "deadline_flags", "enrollment_flags", "slip_of"]

SHORTLY_BEFORE_DAYS = 180
"""If a target was cut at most this many days before the count, it was cut to the number already reached."""


class DateSlip(NamedTuple):
    """How far a date moved over all versions.

    A date that only became more or less precise did not move.
    """

    #: The first and the last text of the date.
    first: str
    last: str
    #: Days between them, positive if later.
    days: int
    #: Number of moves.
    moves: int


def date_flags(before: TrialRecord, after: TrialRecord, day: dt.date) -> list[RedFlag]:
    """Return the red flags in one step between two versions. `day` is the day on which the edit took effect."""
    timing = timing_of(before, day, after)
    # The stop itself is judged by the record before it: the edit that reports it often sets the completion date too.
    found = outcome_flags(before, after, timing) + _stopped(before, after, timing_of(before, day))
    for look in (_target_cut, _sponsor, _countries):
        found += look(before, after, timing)
    return found + _start(before, after, day, timing)


def _stopped(before: TrialRecord, after: TrialRecord, timing: str) -> list[RedFlag]:
    if before.status == after.status or after.status not in STOPPED:
        return []
    reason = shortened(after.why_stopped) if after.why_stopped else "no reason given"
    evidence = {"before": before.status, "after": after.status, "why_stopped": after.why_stopped}
    summary = f"{status_words(after.status)} {timing}: {reason}"
    aside = when(timing) if after.why_stopped else f", no reason given{when(timing)}"
    return [RedFlag("status.stopped", "status.changed", Severity.CRITICAL, timing, summary, evidence, aside)]


def _target_cut(before: TrialRecord, after: TrialRecord, timing: str) -> list[RedFlag]:
    """Return a flag for a lowered target. Not for a count that replaced a target, or for a placeholder (99,999,999)."""
    old, new = before.enrollment, after.enrollment
    if "ACTUAL" in (old.type, new.type) or not old.count or new.count is None or new.count >= old.count:
        return []
    if stands_in(old.count):
        return []
    share = (old.count - new.count) / old.count
    severity = Severity.MAJOR if share >= MAJOR_SHARE else Severity.MINOR
    by = f" by {said}" if (said := whole_percent(share)) else ""
    summary = f"Enrollment target cut{by} {timing}, from {old.count:,} to {new.count:,}"
    evidence = {"before": old.count, "after": new.count}
    return [RedFlag("enrollment.cut", "enrollment.target_changed", severity, timing, summary, evidence, when(timing))]


def _sponsor(before: TrialRecord, after: TrialRecord, timing: str) -> list[RedFlag]:
    old, new = before.sponsor.lead, after.sponsor.lead
    if not old or not new or plain_words(old) == plain_words(new):
        return []
    was, now = both(old, new, 50)
    summary = f"Lead sponsor changed {timing}, from {was} to {now}"
    evidence = {"before": old, "after": new}
    return [RedFlag("sponsor.changed", "sponsor.changed", Severity.MAJOR, timing, summary, evidence, when(timing))]


def _countries(before: TrialRecord, after: TrialRecord, timing: str) -> list[RedFlag]:
    """Return a flag if all sites of a country are gone while others stay.

    The registry renames countries by itself. A site that is found again has a renamed country, so that one has sites.
    """
    lost = set(before.countries) - set(after.countries)
    if not lost or not after.countries:
        return []
    removed = matched_in(("sites",), before.document(), after.document()).gone
    stay = {site.country for key, site in before.sites.items() if key not in removed}
    sites = Counter(before.sites[key].country for key in removed)
    gone = sorted(country for country in lost - stay if sites[country])
    if not gone:
        return []
    evidence = {country: sites[country] for country in gone}
    left = f"o site left in {listed(gone)}"
    summary = f"N{left} ({count_of(sum(evidence.values()), 'site')} before), {timing}"
    return [
        RedFlag("country.gone", "site.removed", Severity.MINOR, timing, summary, evidence, f"; n{left}{when(timing)}")
    ]


def _start(before: TrialRecord, after: TrialRecord, day: dt.date, timing: str) -> list[RedFlag]:
    """Return a flag if an actual start moved after the fact. It is major if a late registration now looks early."""
    old, new = before.dates.start, after.dates.start
    if old is None or new is None or old.type != "ACTUAL" or not apart(old, new) or (old.last or day) >= day:
        return []
    registered = after.dates.first_submitted
    flattering = bool(
        registered and old.first and new.last and old.first.isoformat() < registered <= new.last.isoformat()
    )
    ending = "; registration now comes before it" if flattering else ""
    evidence = {"before": old.date, "after": new.date, "edited": day.isoformat(), "first_submitted": registered}
    severity = Severity.MAJOR if flattering else Severity.MINOR
    summary = f"Actual start moved after the fact from {shortened(old.date, 20)} to {shortened(new.date, 20)}{ending}"
    aside = f"; an actual start moved after the fact{ending}"
    return [RedFlag("start.retroactive", "date.start_changed", severity, timing, summary, evidence, aside)]


def deadline_flags(before: Sequence[Duty], after: Sequence[Duty], day: dt.date, timing: str) -> list[RedFlag]:
    """Return flags for completion dates that moved a due day. Major if that day had passed without a submission.

    There is one flag per date, even if several rules run from it.
    """
    old = {duty.rule: duty for duty in before}
    moved: dict[str, list[tuple[Duty, Duty]]] = defaultdict(list)
    for duty in after:
        was = old.get(duty.rule)
        if was is not None and _runs_anew(was, duty):
            moved[str(duty.due_basis)].append((was, duty))
    return [_deadline(basis, pairs, day, timing) for basis, pairs in moved.items()]


def _runs_anew(was: Duty, now: Duty) -> bool:
    """Return whether the term of a rule now runs from another day. A more precise date is not another day."""
    if not (was.applies and now.applies and was.due and now.due) or now.standing:
        return False
    same = was.due_basis == now.due_basis and was.facts.get("certified") == now.facts.get("certified")
    return same and was.due != now.due and not only_precision(was, now)


def _deadline(basis: str, pairs: Sequence[tuple[Duty, Duty]], day: dt.date, timing: str) -> RedFlag:
    passed = any(was.due is not None and was.due < day and (now.due or day) > was.due for was, now in pairs)
    was, now = pairs[0]
    ending = " after it had passed" if passed else ""
    evidence = {duty.rule: {"before": str(old.due), "after": str(duty.due)} for old, duty in pairs}
    summary = f"The day results are due moved from {was.due} to {now.due}{ending}, with the {basis.replace('_', ' ')}"
    aside = f"; results were due {was.due}, now {now.due}" if passed else ""
    severity = Severity.MAJOR if passed else Severity.MINOR
    return RedFlag("deadline.moved", f"date.{basis}_changed", severity, timing, summary, evidence, aside)


def enrollment_flags(versions: Sequence[tuple[dt.date, TrialRecord]]) -> list[RedFlag]:
    """Return flags for targets cut shortly before the count. `versions` are in timeline order, with effective days."""
    found = []
    cut: tuple[dt.date, TrialRecord, TrialRecord] | None = None
    for (_, before), (day, after) in pairwise(versions):
        if cut and after.enrollment.type == "ACTUAL" and before.enrollment.type != "ACTUAL":
            found += _cut_before_count(cut, day, after)
            cut = None
        elif _target_cut(before, after, ""):
            # Cuts shortly after one another count as one, from the first target.
            cut = (day, cut[1] if cut and (day - cut[0]).days <= SHORTLY_BEFORE_DAYS else before, after)
    return found


def _cut_before_count(
    cut: tuple[dt.date, TrialRecord, TrialRecord], day: dt.date, counted: TrialRecord
) -> list[RedFlag]:
    on, before, after = cut
    days = (day - on).days
    if days > SHORTLY_BEFORE_DAYS:
        return []
    target, lowered, count = before.enrollment.count, after.enrollment.count, counted.enrollment.count
    evidence = {"target": target, "cut_to": lowered, "counted": count, "cut_on": on.isoformat(), "days": days}
    apart = f"from {target:,} to {lowered:,} only {count_of(days, 'day')} before"
    return [
        RedFlag(
            "enrollment.cut_before_count",
            "enrollment.actual_reported",
            Severity.MAJOR,
            timing_of(before, on),
            f"Target cut {apart} {count or 0:,} were counted",
            evidence,
            f"; the target was cut {apart}",
        )
    ]


def slip_of(dates: Sequence[RegistryDate | None]) -> DateSlip | None:
    """Return how far one date moved over all versions in timeline order, or None if no version has a readable one."""
    known = [date for date in dates if date is not None and date.last is not None]
    if not known:
        return None
    moves = sum(apart(old, new) for old, new in pairwise(known))
    days = days_between(known[0], known[-1]) if apart(known[0], known[-1]) else 0
    return DateSlip(known[0].date, known[-1].date, days or 0, moves)
