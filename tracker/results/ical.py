"""Due dates as an iCalendar file (RFC 5545): one all-day event per duty that applies and has a due date.

Written by hand: the format only needs folded lines and escaped texts here, which is less than using a library.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

__all__ = ["calendar_of"]

_LINE_OCTETS = 75
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
# A calendar must not be empty. Without a due date it holds the time zone of its timestamps.
_NOTHING = (
    "BEGIN:VTIMEZONE,TZID:UTC,BEGIN:STANDARD,DTSTART:19700101T000000,TZOFFSETFROM:+0000,TZOFFSETTO:+0000,"
    "END:STANDARD,END:VTIMEZONE"
).split(",")


def calendar_of(trials: Iterable[Mapping[str, Any]], data_timestamp: datetime) -> str:
    """Return the calendar of `trials` (as `results_of` returns them), with CRLF line ends.

    An event keeps its UID when its due date moves, so calendar programs move it. `data_timestamp` is the instant of
    writing.
    """
    stamped = f"DTSTAMP:{data_timestamp.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    events = [
        line
        for trial in trials
        for duty in trial["duties"]
        if duty["applies"] and duty["due"]
        for line in _event(trial, duty, stamped)
    ]
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Trialwatch//Results due//EN", "CALSCALE:GREGORIAN"]
    lines = [*head, *(events or _NOTHING), "END:VCALENDAR"]
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _event(trial: Mapping[str, Any], duty: Mapping[str, Any], stamped: str) -> Sequence[str]:
    title = f": {trial['title']}" if trial["title"] else ""
    summary = f"Results due ({duty['rule']}): {trial['trial']}{title}"
    return (
        "BEGIN:VEVENT",
        f"UID:{trial['trial']}.{duty['rule']}@trialwatch",
        stamped,
        f"DTSTART;VALUE=DATE:{duty['due'].replace('-', '')}",
        f"SUMMARY:{_text(summary)}",
        f"DESCRIPTION:{_text(duty['why'])}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    )


def _text(value: str) -> str:
    """Escape a text as the format demands, and drop control characters, which it does not allow."""
    plain = _CONTROLS.sub("", value.replace("\r\n", "\n"))
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
