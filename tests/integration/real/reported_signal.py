"""How edits of posted results are told: every sort of edit at every real record with results.

``python -m tests.integration.real.reported_signal`` writes the figures into docs/signal.md, where the real records are.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import orjson

from storage.values.severity import Severity, worst
from tests.integration.real.edits.kit import DAY, Study
from tests.integration.real.edits.reported import REPORTED_MEANINGFUL, REPORTED_MEANINGLESS, Expected
from tests.integration.real.figures import page_with, real_records
from tests.support.paths import ROOT
from tracker.changes.detect_changes import detect_changes
from tracker.changes.event import Event
from tracker.changes.reported.compare import ReportedSides, wants_reported
from tracker.records.results.reported import Reported
from tracker.registries.ctgov.reader import read
from tracker.registries.ctgov.results.reported import reported_of
from tracker.registries.registry import Reading

__all__ = ["PAGE", "Told", "page", "tables", "told_edits", "with_results", "wrong"]

PAGE = ROOT / "docs" / "signal.md"
BEGIN, END = "<!-- reported: written by tests/integration/real/reported_signal.py -->\n", "<!-- end of reported -->"
SILENT = "silent"
COLUMNS = (SILENT, *Severity)
SEED = 20261129


class Told(NamedTuple):
    """One edit of one record, and the events that tell it."""

    trial: str
    edit: str
    expected: Expected | None
    events: tuple[Event, ...]


def events_of(old: Reading, reported: Reported | None, after: Study) -> tuple[Event, ...]:
    new = read(after)
    if old.content_hash == new.content_hash:
        return ()
    assert wants_reported(old.record, new.record)
    return detect_changes(old.record, new.record, DAY, reported=ReportedSides(reported, reported_of(after)))


def trial_of(study: Study) -> str:
    return str(study["protocolSection"]["identificationModule"]["nctId"])


def told_edits(studies: list[Study]) -> Iterator[Told]:
    rng = random.Random(SEED)
    for study in studies:
        before, reported, raw = read(study), reported_of(study), orjson.dumps(study)
        for name, edit in REPORTED_MEANINGFUL:
            edited = orjson.loads(raw)
            expected = edit(edited, rng)
            if expected is not None:
                yield Told(trial_of(study), name, expected, events_of(before, reported, edited))
        for name, change in REPORTED_MEANINGLESS:
            edited = orjson.loads(raw)
            if change(edited, rng):
                yield Told(trial_of(study), name, None, events_of(before, reported, edited))


def wrong(it: Told) -> str:
    """What is wrong with how an edit is told, or ""."""
    if it.expected is None:
        loud = [event for event in it.events if event.severity != "admin"]
        return f"told: {loud[0].kind} {loud[0].summary}" if loud else ""
    if [event.kind for event in it.events] != [it.expected.kind]:
        return f"events {[(event.kind, event.summary) for event in it.events]}"
    event = it.events[0]
    if it.expected.severity and event.severity != it.expected.severity:
        return f"severity {event.severity}: {event.summary}"
    names = sorted(field.field for field in event.fields)
    if it.expected.fields and names != sorted(it.expected.fields):
        return f"fields {names} instead of {sorted(it.expected.fields)}"
    return "" if it.expected.says in event.summary else f"says {event.summary}"


def with_results(records: Sequence[Study]) -> list[Study]:
    return [record for record in records if record.get("resultsSection")]


def tables(found: Sequence[Told]) -> str:
    """The sum, and a line for each sort of edit: how many were told with which severity."""
    trials, bad = len({it.trial for it in found}), sum(bool(wrong(it)) for it in found)
    lines = [f"{len(found):,} edits of the posted results of {trials} records; {bad} told wrong.", ""]
    for sort in ("meaningful", "meaningless"):
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for it in found:
            if (it.expected is not None) == (sort == "meaningful"):
                counts[it.edit][worst([event.severity for event in it.events]) if it.events else SILENT] += 1
        rows = sorted((name, [str(told[severity] or "") for severity in COLUMNS]) for name, told in counts.items())
        lines += [f"| {sort} edit of results | {' | '.join(COLUMNS)} |", "|---|" + "---:|" * len(COLUMNS)]
        lines += [f"| {name} | {' | '.join(cells)} |" for name, cells in rows]
        lines.append("")
    return "\n".join(lines)


def page(found: Sequence[Told]) -> str:
    """The page with these figures."""
    return page_with(tables(found), PAGE, BEGIN, END)


def _main() -> None:
    PAGE.write_text(page(list(told_edits(with_results(real_records())))), encoding="utf-8")


if __name__ == "__main__":
    _main()
