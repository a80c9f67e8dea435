"""Due dates as an iCalendar file (RFC 5545): one all-day event per duty with a due date. Pure.

`results --ical` writes it to a file, and a page offers it to calendar programs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from tracker.records.clean import clean
from tracker.registries.ids import links_of

__all__ = ["calendar_of"]

_LINE_OCTETS = 75
_NAME = "Trialwatch: results due"
# A calendar must not be empty. Without a due date it holds the time zone of its timestamps.
_NOTHING = (
    "BEGIN:VTIMEZONE,TZID:UTC,BEGIN:STANDARD,DTSTART:19700101T000000,TZOFFSETFROM:+0000,TZOFFSETTO:+0000,"
    "END:STANDARD,END:VTIMEZONE"
).split(",")


def calendar_of(
    trials: Iterable[Mapping[str, Any]], data_timestamp: datetime, *, base_url: str = "", unsure: bool = False
) -> str:
    """Return the calendar of `trials` (as `results_of` returns them), with CRLF line ends.

    An event keeps its UID when its due date moves, so calendar programs move it. `data_timestamp` is the instant of
    writing (aware). `base_url` is the address of our pages, to which the events link; without it they link to the
    registry's. `unsure` adds the days by which results are only asked for, or which count only if the rule applies.
    Those events say so.
    """
    stamped = f"DTSTAMP:{data_timestamp.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    events = [
        line
        for trial in trials
        for duty in trial["duties"]
        if duty["due"] and (duty["applies"] or (unsure and duty["applies"] is None))
        for line in _event(trial, duty, stamped, base_url)
    ]
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Trialwatch//Results due//EN", "CALSCALE:GREGORIAN"]
    # Without a name, programs show the address, which may have a token in it. Many know only the older property.
    named = [f"{name}:{_text(_NAME)}" for name in ("NAME", "X-WR-CALNAME")]
    lines = [*head, *named, *(events or _NOTHING), "END:VCALENDAR"]
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _event(trial: Mapping[str, Any], duty: Mapping[str, Any], stamped: str, base_url: str) -> Sequence[str]:
    title = f": {trial['title']}" if trial["title"] else ""
    summary = f"{_what(duty)}: {trial['trial']}{title}"
    own = f"{base_url.rstrip('/')}/trials/{quote(trial['trial'], safe='')}" if base_url else ""
    page = own or links_of(trial["trial"]).page
    return (
        "BEGIN:VEVENT",
        f"UID:{_text(trial['trial'])}.{duty['rule']}@trialwatch",
        stamped,
        f"DTSTART;VALUE=DATE:{duty['due'].replace('-', '')}",
        f"SUMMARY:{_text(summary)}",
        f"DESCRIPTION:{_text(duty['why'])}",
        *([f"URL:{page}"] if page else []),
        *([] if duty["applies"] else ["STATUS:TENTATIVE"]),
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    )


def _what(duty: Mapping[str, Any]) -> str:
    """Return what the day is: for all, for those who are asked, or only perhaps; and whether it was met already."""
    due = "due" if duty["applies"] else "asked for" if duty["asked_by"] else "perhaps due"
    return f"Results {due} ({duty['rule']}){', submitted' if duty['standing'] else ''}"


def _text(value: str) -> str:
    """Escape a text as the format demands. Control characters, which it does not allow, are shown as escapes."""
    plain = clean(value.replace("\r\n", "\n"))
    return re.sub(r"([\\;,])", r"\\\1", plain).replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """Yield the line in parts of at most 75 octets. Later parts begin with a space. No character is split."""
    part, octets = "", 0
    for character in line:
        width = len(character.encode())
        if octets + width > _LINE_OCTETS:
            yield part
            part, octets = " ", 1
        part, octets = part + character, octets + width
    yield part
