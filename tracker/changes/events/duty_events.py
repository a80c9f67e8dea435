"""Events of duties that begin and end: a rule that surely asked for results asks no more, or the other way round. Pure.

Both versions are judged by the rules of today, so that a change of ours tells nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from tracker.changes.event import LONGEST, Event
from tracker.changes.events.due_events import subject_of
from tracker.changes.events.duty_turns import turned_by
from tracker.changes.red_flag import RedFlag
from tracker.changes.version import Version
from tracker.changes.wording.words import count_of, shortened
from tracker.records.dates import earliest
from tracker.records.trial import TrialRecord
from tracker.results.duties import RULES, Duty, applies

__all__ = ["BEGAN", "ENDED", "TURNS", "certificate_flags", "duty_events"]

BEGAN, ENDED = "duty.began", "duty.ended"
TURNS: dict[tuple[bool | None, bool | None], str] = {
    (True, True): "",  # at most its day moved: results.due_moved
    (True, False): ENDED,
    (True, None): ENDED,  # it is counted no more, and nobody is warned: that is how it ends, too
    (False, True): BEGAN,
    (None, True): BEGAN,
    # Whatever was never surely due was never counted or warned of. It has nothing that could begin or end.
    (False, False): "",
    (False, None): "",
    (None, False): "",
    (None, None): "",
}
"""Whether a rule applied and applies -> the kind of event, "" for none."""


def duty_events(
    records: tuple[TrialRecord, TrialRecord],
    duties: tuple[Sequence[Duty], Sequence[Duty]],
    past: Sequence[Version] = (),
) -> list[Event]:
    """One event for each rule that began or ceased to apply surely from the one version to the other.

    `duties`: those of `records`, on the day of the step. `past`: earlier versions, where they are at hand: a duty that
    one of them had comes back.
    """
    found = []
    for old, new in zip(*duties, strict=True):
        kind = TURNS[old.applies, new.applies]
        if kind:
            found.append(_event(kind, old, new, records, past))
    return found


def _event(kind: str, old: Duty, new: Duty, records: tuple[TrialRecord, TrialRecord], past: Sequence[Version]) -> Event:
    """An overdue duty is major, whether it comes or goes."""
    why = turned_by(new.rule, *records)
    if kind == BEGAN:
        summary = shortened(f"{_began(new, past)}: {why}", LONGEST)
        return Event("duty.began", _severity(new), summary, (), subject_of(new, "began"))
    summary = shortened(f"{_ended(old, new)}: {why}", LONGEST)
    return Event("duty.ended", _severity(old), summary, (), subject_of(old, "ended"))


def _severity(duty: Duty) -> str:
    return "major" if _overdue(duty) else "minor"


def _overdue(duty: Duty) -> bool:
    """Whether nothing stands and the grace is over."""
    return duty.standing is False and duty.days_late is not None


def _ended(old: Duty, new: Duty) -> str:
    surely = " surely" if new.applies is None else ""
    was = _lateness(old, "had come", "were")
    return f"Results are no longer{surely} due under {RULES[old.rule].clause}{was and f'; they {was}'}"


def _began(new: Duty, past: Sequence[Version]) -> str:
    back = any(applies(new.rule, version.record) for version in past)
    said = f"Results are {'due again' if back else 'now due'} under {RULES[new.rule].clause}"
    if new.standing or _overdue(new):
        return f"{said}, and {_lateness(new, 'came', 'are')}"
    return f"{said}, on {new.due or 'a day that the record does not tell'}"


def _lateness(duty: Duty, came: str, are: str) -> str:
    """How late results were or are, else when they are due; "" when that is not known."""
    if duty.standing:
        days = duty.days_late
        return f"{came} {count_of(days, 'day')} late" if days else f"{are} handed in"
    if _overdue(duty):
        return f"{are} {count_of(duty.days_late or 0, 'day')} overdue"
    return f"{are} due {duty.due}" if duty.due else ""


def certificate_flags(before: TrialRecord, after: TrialRecord, duties: Sequence[Duty], timing: str) -> list[RedFlag]:
    """A certificate of delay sent after the day results were due: 42 CFR 11.44 asks for it before that day.

    `duties`: those of the version before, without the certificate.
    """
    sent = after.results.delay.first_submitted if after.results.delay else None
    day = earliest(sent) if sent else None
    due = next((duty.due for duty in duties if duty.rule == "fdaaa801" and duty.applies is not False), None)
    if before.results.delay is not None or day is None or due is None or day <= due:
        return []
    late = _days(day - due)
    summary = f"Certificate of delay sent {late} after the day results were due, {due}"
    evidence = {"due": due.isoformat(), "sent": day.isoformat()}
    aside = f", {late} after the day results were due ({due})"
    return [RedFlag("delay.after_due", "results.delay_certified", "major", timing, summary, evidence, aside)]


def _days(length: dt.timedelta) -> str:
    return count_of(length.days, "day")
