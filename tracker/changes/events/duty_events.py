"""Events of duties that begin or end, when a rule starts or stops to apply surely. Pure.

Today's rules judge both versions, so a change of our rules raises no event.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from storage.values.severity import Severity
from tracker.changes.event import LONGEST, Event
from tracker.changes.events.due_events import is_overdue, subject_of
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
    (True, None): ENDED,  # it is no longer counted and raises no warnings, so it has ended too
    (False, True): BEGAN,
    (None, True): BEGAN,
    # A duty that was never surely due was never counted and raised no warnings. It cannot begin or end.
    (False, False): "",
    (False, None): "",
    (None, False): "",
    (None, None): "",
}
"""(Whether the rule applied before, whether it applies now) -> the kind of event, "" for none."""


def duty_events(
    records: tuple[TrialRecord, TrialRecord],
    duties: tuple[Sequence[Duty], Sequence[Duty]],
    past: Sequence[Version] = (),
) -> list[Event]:
    """Return one event for each rule that began or ceased to apply surely between two versions.

    `duties` are those of `records` on the day of the step. `past` has earlier versions, if available: if the duty
    existed in one of them, it is due again.
    """
    found = []
    for old, new in zip(*duties, strict=True):
        kind = TURNS[old.applies, new.applies]
        if kind:
            found.append(_event(kind, old, new, records, past))
    return found


def _event(kind: str, old: Duty, new: Duty, records: tuple[TrialRecord, TrialRecord], past: Sequence[Version]) -> Event:
    """Return the event of a duty that began or ended. It is major if the duty is overdue."""
    why = turned_by(new.rule, *records)
    if kind == BEGAN:
        summary = shortened(f"{_began(new, past)}: {why}", LONGEST)
        return Event("duty.began", _severity(new), summary, (), subject_of(new, "began"))
    summary = shortened(f"{_ended(old, new)}: {why}", LONGEST)
    return Event("duty.ended", _severity(old), summary, (), subject_of(old, "ended"))


def _severity(duty: Duty) -> Severity:
    return Severity.MAJOR if is_overdue(duty) else Severity.MINOR


def _ended(old: Duty, new: Duty) -> str:
    surely = " surely" if new.applies is None else ""
    was = _lateness(old, "had come", "were")
    return f"Results are no longer{surely} due under {RULES[old.rule].clause}{was and f'; they {was}'}"


def _began(new: Duty, past: Sequence[Version]) -> str:
    back = any(applies(new.rule, version.record) for version in past)
    sentence = f"Results are {'due again' if back else 'now due'} under {RULES[new.rule].clause}"
    if new.standing or is_overdue(new):
        return f"{sentence}, and {_lateness(new, 'came', 'are')}"
    return f"{sentence}, on {new.due or 'a day that the record does not tell'}"


def _lateness(duty: Duty, came: str, are: str) -> str:
    """Return how late results were or are, else when they are due, or "" if that is not known."""
    if duty.standing:
        days = duty.days_late
        return f"{came} {count_of(days, 'day')} late" if days else f"{are} handed in"
    if is_overdue(duty):
        return f"{are} {count_of(duty.days_late or 0, 'day')} overdue"
    return f"{are} due {duty.due}" if duty.due else ""


def certificate_flags(before: TrialRecord, after: TrialRecord, duties: Sequence[Duty], timing: str) -> list[RedFlag]:
    """Return a red flag if a certificate of delay was sent after the due day. 42 CFR 11.44 asks for it before.

    `duties` are those of the version before, without the certificate.
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
    return [RedFlag("delay.after_due", "results.delay_certified", Severity.MAJOR, timing, summary, evidence, aside)]


def _days(length: dt.timedelta) -> str:
    return count_of(length.days, "day")
