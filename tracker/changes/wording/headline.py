"""What happened, in the few words that fit into a subject line: for mails, pages and feeds alike. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from tracker.changes.wording.days import day_words
from tracker.changes.wording.lines import one_line, whole_clause, whole_words
from tracker.changes.wording.slips import days_slipped
from tracker.changes.wording.values import value_words
from tracker.changes.wording.words import count_of, phase_words, stands_in, status_words
from tracker.records.dates import RegistryDate

__all__ = ["DATES", "LONGEST", "Change", "Fields", "fields_of", "headline", "notice_line"]

LONGEST = 40
"""Most characters. The rest of a subject is for the trial's name and id."""

Change = Mapping[str, Any]
"""A change, as `changes` prints it."""
Fields = Mapping[str, tuple[Any, Any]]
"""Name of a field -> its value before and after."""
Build = Callable[[Fields, str], str]
"""From the fields and the summary of a change to its phrase, or "" if that of its kind has to do."""

_PHRASES = {
    "trial.first_seen": "First seen",
    "trial.gone": "No longer in the registry",
    "trial.back": "Back in the registry",
    "trial.merged": "Registered under another number",
    "status.changed": "Status details changed",
    "enrollment.target_changed": "Enrollment target changed",
    "enrollment.actual_reported": "Enrollment counted",
    "date.start_changed": "Start date changed",
    "date.primary_completion_changed": "Primary completion date changed",
    "date.completion_changed": "Completion date changed",
    "results.submitted": "Results submitted",
    "results.returned": "Results sent back",
    "results.cancelled": "Results submission cancelled",
    "results.delay_certified": "Certificate of delay changed",
    "results.posted": "Results posted",
    "results.removed": "Posted results removed",
    "results.updated": "Results record updated",
    "results.due_moved": "Results due on another day",
    "results.due_soon": "Results due soon",
    "results.overdue": "Results overdue",
    "results.measure_changed": "Reported outcomes changed",
    "results.safety_changed": "Reported adverse events changed",
    "results.flow_changed": "Reported participant flow changed",
    "results.baseline_changed": "Reported baseline changed",
    "duty.began": "Results became due by law",
    "duty.ended": "Results no longer due by law",
    "expanded_access.changed": "Expanded access changed",
    "fda.notice": "FDA notice",
    "register.disagrees": "Registers disagree",
    "outcome.primary_changed": "Primary outcome changed",
    "outcome.secondary_changed": "Secondary outcome changed",
    "phase.changed": "Phase changed",
    "sponsor.changed": "Sponsor changed",
    "eligibility.changed": "Eligibility changed",
    "arms.changed": "Arms or interventions changed",
    "design.changed": "Design changed",
    "conditions.changed": "Conditions changed",
    "title.changed": "Title changed",
    "country.changed": "Countries changed",
    "site.status_changed": "Site status changed",
    "document.added": "Document added",
    "reference.added": "Publication added",
    "reference.retracted": "Publication retracted",
    "cohort.entered": "Entered a set you keep",
    "cohort.left": "Left a set you keep",
    "admin.changed": "Record updated",
    "ops.held": "A run was held",
    "ops.quarantine": "Records could not be read",
    "ops.drift": "The registry says something new",
    "ops.stale": "The registry's data are not current",
    "ops.unreachable": "The registry cannot be reached",
    "ops.unread": "A trial could not be read for long",
    "ops.query_refused": "The registry refuses a search",
    "ops.merge_claimed": "A number is said to be another trial's",
    "ops.channel_failing": "A channel does not work",
    "ops.channel_disabled": "A channel is disabled",
    "ops.address_refused": "An address was refused",
    "ops.not_delivered": "Messages could not be delivered",
}
_ENOUGH = re.compile(
    r"Results overdue by [\d,]+ days?|Results due (?:in [\d,]+ days?|today)|Delay of results certified"
    r"|Certificate of delay withdrawn|Posted results updated|Primary result changed"
)
"""Summaries with these beginnings have a beginning that works as a headline."""
_EVENTS = frozenset({"COMPLETED", "TERMINATED", "SUSPENDED", "WITHDRAWN"})
"""Statuses whose words say that something happened. The words of others only say what is so now."""
_DUE_MOVED = re.compile(r"Due date under .+? moved ([\d,]+ days? (?:later|earlier)), to ")
_NOW_OVERDUE = re.compile(r"; results are ([\d,]+ days?) overdue$")
_REPORTED = re.compile(r"Actual enrollment reported: ([\d,]+) \(target was ([\d,]+)\)")
_PRECISE = ("day", "month")
DATES = {
    "date.start_changed": ("dates.start", "Start"),
    "date.primary_completion_changed": ("dates.primary_completion", "Primary completion"),
    "date.completion_changed": ("dates.completion", "Completion"),
}


def headline(change: Change) -> str:
    """Return at most LONGEST characters, in whole words. The result can stand alone as the beginning of a sentence."""
    kind, summary = str(change["kind"]), str(change["summary"])
    if kind.startswith("ops."):
        return notice_line(change, LONGEST)
    if begun := _ENOUGH.match(summary):
        return begun.group()
    phrase = _OF.get(kind, _nothing)(fields_of(change), summary)
    phrase = one_line(phrase or _PHRASES.get(kind) or summary)
    return phrase if len(phrase) <= LONGEST else whole_words(_PHRASES.get(kind, phrase), LONGEST)


def fields_of(change: Change) -> Fields:
    """Return the fields of a change by name."""
    return {str(it["field"]): (it["before"], it["after"]) for it in change["fields"]}


def notice_line(change: Change, room: int) -> str:
    """Return the line for an event about the watch itself: whole clauses of its summary, or else the short words of its
    kind.
    """
    summary = str(change["summary"])
    phrase = whole_clause(summary, room) or _PHRASES.get(str(change["kind"]), "")
    return phrase or whole_words(summary, room)


def _nothing(_fields: Fields, _summary: str) -> str:
    return ""


def _dated(name: str, label: str) -> Build:
    def phrase(fields: Fields, _summary: str) -> str:
        if name not in fields:
            return f"{label} date confirmed" if fields.get(f"{name}.type", ("", ""))[1] == "ACTUAL" else ""
        before, after = fields[name]
        if not isinstance(after, str):
            return f"{label} date removed"
        slip = _slip(before, after, fields.get(f"{name}.type", (None, None)))
        # The exact day is left to what follows, such as the beginning of a mail.
        return _slipped(label, slip) if slip else f"{label} now {day_words(after[:7], short=True)}"

    return phrase


def _slip(before: object, after: str, types: tuple[Any, Any]) -> int | None:
    """Return how many days a date moved, or None if that is not what happened to it.

    An actual date that is withdrawn is no slip. A year is too coarse to count days from.
    """
    if not isinstance(before, str) or (types[0] == "ACTUAL" and types[1] != "ACTUAL"):
        return None
    old, new = RegistryDate(before), RegistryDate(after)
    return days_slipped(old, new) if old.precision in _PRECISE and new.precision in _PRECISE else None


def _slipped(label: str, slip: int) -> str:
    days = count_of(abs(slip), "day")
    if slip > 0:
        return f"{label} slipped {days}"
    whole = f"{label} moved {days} earlier"
    return whole if len(whole) <= LONGEST else f"{label} {days} earlier"


def _status(fields: Fields, _summary: str) -> str:
    before, after = fields.get("status", (None, None))
    if "WITHHELD" in (before, after):
        return "Record made public" if before == "WITHHELD" else "Record withheld from the public"
    if not isinstance(after, str):
        return "Reason for stopping changed" if "why_stopped" in fields else ""
    if after in _EVENTS:
        return status_words(after)
    return "Status no longer known" if after == "UNKNOWN" else f"Now {_lower(status_words(after))}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _target(fields: Fields, _summary: str) -> str:
    before, after = fields.get("enrollment.count", (None, None))
    if not isinstance(before, int) or not isinstance(after, int):
        return ""
    was_counted = fields.get("enrollment.type", (None, None))[0] == "ACTUAL"
    verb = "set" if was_counted or stands_in(before, after) else "cut" if after < before else "raised"
    return f"Enrollment target {verb} to {after:,}"


def _counted(fields: Fields, summary: str) -> str:
    """Say how many took part, and of how many, if that was the plan until now and there is room for it."""
    planned, after = fields.get("enrollment.count", (None, None))
    if after is None and (said := _REPORTED.match(summary)):  # as many as planned, so the count is not among the fields
        after, planned = (int(count.replace(",", "")) for count in said.groups())
    if not isinstance(after, int):
        return ""
    people = f"{count_of(after, 'person', 'people')} took part"
    came = fields.get("enrollment.type", ("ACTUAL", None))[0] != "ACTUAL"
    if not came or not isinstance(planned, int) or stands_in(planned):
        return people
    whole = f"{people}, of {planned:,} planned"
    return whole if len(whole) <= LONGEST else people


def _submitted(fields: Fields, summary: str) -> str:
    """Say `again` if the record had a round before this one."""
    earlier = fields.get("results.state", ("", ""))[0] in ("returned", "cancelled")
    earlier = earlier or bool(fields.get("results.submissions", (None, None))[0])
    # An old submission may also be listed as pending again. That is no new one.
    return "Results submitted again" if earlier and not summary.startswith("The submission of") else ""


def _due_moved(_fields: Fields, summary: str) -> str:
    if overdue := _NOW_OVERDUE.search(summary):
        return f"Results overdue by {overdue[1]}"
    moved = _DUE_MOVED.match(summary)
    return f"Results due {moved[1]}" if moved else ""


def _phase(fields: Fields, _summary: str) -> str:
    after = fields.get("phases", (None, None))[1]
    if not isinstance(after, list) or not after:
        return ""
    words = phase_words(after).lower()
    return f"Now {words}" if "phase" in words else f"Phase now {words}"


def _sponsor(fields: Fields, _summary: str) -> str:
    if "sponsor.lead" not in fields:
        return "Collaborators changed"
    return f"Sponsor now {value_words('sponsor.lead', fields['sponsor.lead'][1])}"


def _counting(thing: str, verb: str) -> Build:
    return lambda fields, _: f"{count_of(len(fields), thing)} {verb}" if fields else ""


def _papers(fields: Fields, _summary: str) -> str:
    """Put a paper with the results first, whether it is new or an existing paper turned out to have them."""
    whole = [after for _, after in fields.values() if isinstance(after, Mapping)]
    results = sum(paper.get("type") == "RESULT" for paper in whole)
    results += sum(name.endswith(".type") and after == "RESULT" for name, (_, after) in fields.items())
    if results:
        return f"{count_of(results, 'publication')} with results"
    return f"{count_of(len(whole), 'publication')} added" if whole else "No longer cited as its results"


_OF: dict[str, Build] = {
    **{kind: _dated(name, label) for kind, (name, label) in DATES.items()},
    "status.changed": _status,
    "enrollment.target_changed": _target,
    "enrollment.actual_reported": _counted,
    "results.submitted": _submitted,
    "results.due_moved": _due_moved,
    "phase.changed": _phase,
    "sponsor.changed": _sponsor,
    "site.added": _counting("site", "added"),
    "site.removed": _counting("site", "removed"),
    "document.added": _counting("document", "added"),
    "reference.added": _papers,
}
