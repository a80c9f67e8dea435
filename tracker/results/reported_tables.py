"""Reported results as tables of text, for a terminal, a mail and a page. Pure.

Only what was posted is shown. A group without a value has an empty cell, never a zero. Numbers are never summed.
``NA`` stands as it came, and its comment stands under the table: the comment is the only explanation there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tracker.records.results.reported import (
    AdverseEvent,
    AdverseEvents,
    Analysis,
    Baseline,
    Cell,
    Denominator,
    EventCount,
    Flow,
    Measure,
    Reported,
    ReportedGroup,
)
from tracker.results.registered.registered import RegisteredReport, primary_or_missing

__all__ = [
    "ResultTable",
    "baseline_table",
    "cut",
    "event_table",
    "flow_tables",
    "harm_table",
    "measure_table",
    "most_important_first",
    "primary_measures",
    "registered_table",
    "transposed",
]

_TYPES = ("PRIMARY", "SECONDARY", "OTHER_PRE_SPECIFIED", "POST_HOC")
_TYPE_WORDS = {
    "PRIMARY": "Primary outcome",
    "SECONDARY": "Secondary outcome",
    "OTHER_PRE_SPECIFIED": "Other outcome",
    "POST_HOC": "Post hoc",
}


class ResultTable(NamedTuple):
    """One table. Each row has a label and one text for each column; "" where nothing was reported."""

    title: str
    #: What the values are: ``median, months (95% Confidence Interval)``.
    about: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, tuple[str, ...]], ...] = ()
    #: Sentences under the table: analyses, comments, what was left out.
    notes: tuple[str, ...] = ()


def most_important_first(measures: Mapping[str, Measure]) -> list[Measure]:
    """Return the measures by type, primary outcomes first, each type in the registry's order."""
    place = {code: at for at, code in enumerate(_TYPES)}
    return sorted(measures.values(), key=lambda it: place.get(it.type or "", len(place)))


def measure_table(measure: Measure) -> ResultTable:
    """Return an outcome measure with its groups as columns, and its analyses below."""
    kind = _TYPE_WORDS.get(measure.type or "", _words(measure.type))
    title = f"{kind}: {measure.title}" if kind else measure.title
    about = "; ".join(filter(None, (_about(measure), measure.time_frame)))
    if not measure.is_posted:
        expected = f", expected {measure.anticipated_posting}" if measure.anticipated_posting else ""
        return ResultTable(title, about, notes=(f"Not posted yet{expected}.",))
    if not measure.rows:
        return ResultTable(title, about, notes=(f"Posted without values. {measure.population or ''}".strip(),))
    comments = _Comments()
    rows = _rows(measure, list(measure.groups), comments)
    analyses = [_analysis_words(it, measure.groups) for it in measure.analyses.values()]
    heads = _heads(measure.groups, measure.denominators)
    return ResultTable(title, about, heads, rows, (*comments.notes, *analyses))


def baseline_table(baseline: Baseline) -> ResultTable:
    """Return the baseline: its measures one below the other, its groups as columns."""
    comments = _Comments()
    rows: list[tuple[str, tuple[str, ...]]] = []
    for measure in baseline.measures.values():
        own = _rows(measure, list(baseline.groups), comments)
        head = f"{measure.title} ({_about(measure)})" if _about(measure) else measure.title
        if len(own) == 1 and not own[0][0]:
            rows.append((head, own[0][1]))
        else:
            rows.append((head, ("",) * len(baseline.groups)))
            rows += [(f"· {label}", cells) for label, cells in own]
    heads = _heads(baseline.groups, baseline.denominators)
    return ResultTable("Baseline", baseline.population or "", heads, tuple(rows), tuple(comments.notes))


def registered_table(report: RegisteredReport, *, most: int) -> ResultTable | None:
    """Return what became of the registered primary outcomes, and of others that are not reported.

    None if no version from before the posting is held.
    """
    if not report.known:
        return None
    found = primary_or_missing(report)
    rows = tuple(
        (it.outcome or "", (it.registered_as or "", it.verdict.replace("_", " "), it.why)) for it in found[:most]
    )
    left = len(found) - len(rows)
    notes = (f"and {left:,} more",) if left > 0 else ()
    title = "Registered against reported"
    return ResultTable(title, f"as registered on {report.as_of}", ("Registered as", "Verdict", "Why"), rows, notes)


def transposed(table: ResultTable, most: int) -> ResultTable:
    """Return a table with a row for each value, if it has more columns than `most`. Else the same table."""
    if len(table.columns) <= most:
        return table
    rows = tuple(
        (", ".join(filter(None, (label.removeprefix("· "), head))), (cell,))
        for label, cells in table.rows
        for head, cell in zip(table.columns, cells, strict=True)
        if cell
    )
    return table._replace(columns=("Value",), rows=rows)


def cut(table: ResultTable, most: int) -> ResultTable:
    """Return a table with at most so many rows. A note says how many are left out."""
    left = len(table.rows) - most
    if left <= 0:
        return table
    return table._replace(rows=table.rows[:most], notes=(f"and {left:,} more rows", *table.notes))


def flow_tables(flow: Flow) -> list[ResultTable]:
    """Return the participant flow, a table for each period: milestones, then reasons for leaving."""
    groups = list(flow.groups)
    heads = tuple(group.title for group in flow.groups.values())
    tables = []
    for period in flow.periods.values():
        rows = []
        notes = []
        for lead, parts in (("", period.milestones), ("· left: ", period.reasons)):
            for part in parts.values():
                counts = tuple(
                    _flow_count(part.counts[key].participants, part.counts[key].units) if key in part.counts else ""
                    for key in groups
                )
                rows.append((f"{lead}{_words(part.type)}", counts))
                notes += [f"{_words(part.type)}: {part.comment}"] if part.comment else []
        title = f"Participant flow: {period.title}" if len(flow.periods) > 1 else "Participant flow"
        tables.append(ResultTable(title, "participants", heads, tuple(rows), tuple(notes)))
    return tables


def _flow_count(participants: str | None, units: str | None) -> str:
    return f"{participants or ''} ({units} units)" if units else participants or ""


def harm_table(events: AdverseEvents, *, other: bool = True) -> ResultTable:
    """Return deaths and totals of adverse events, a row for each total that any group reports.

    `other`: with the total of events that are not serious.
    """
    groups = list(events.groups.values())
    named = [("Deaths", "deaths"), ("Serious adverse events", "serious")]
    named += [("Other adverse events", "other")] if other else []
    rows = []
    for label, name in named:
        cells = tuple(_share(getattr(it, f"{name}_affected"), getattr(it, f"{name}_at_risk")) for it in groups)
        if any(cells):
            rows.append((label, cells))
    notes = [] if any(label == "Deaths" for label, _ in rows) else ["Deaths: the record gives none, which is not zero."]
    if events.threshold and any(label.startswith("Other") for label, _ in rows):
        notes.append(f"Other adverse events are listed from {events.threshold} % of a group on.")
    heads = tuple(it.title for it in groups)
    return ResultTable(
        "Deaths and adverse events", "participants affected of those at risk", heads, tuple(rows), tuple(notes)
    )


def event_table(events: AdverseEvents, *, serious: bool, most: int) -> ResultTable:
    """Return the terms of one list, those with most participants affected first, at most so many."""
    found = [it for it in events.events.values() if it.serious == serious]
    found.sort(key=lambda it: -max((count.affected or 0 for count in it.counts.values()), default=0))
    groups = list(events.groups)
    rows = tuple((_term(it), tuple(_count(it.counts.get(key)) for key in groups)) for it in found[:most])
    title = "Serious adverse events" if serious else "Other adverse events"
    left = len(found) - len(rows)
    notes = (f"and {left:,} more terms",) if left > 0 else ()
    heads = tuple(it.title for it in events.groups.values())
    return ResultTable(title, "participants affected of those at risk", heads, rows, notes)


def _term(event: AdverseEvent) -> str:
    return event.term if not event.system else f"{event.term} ({event.system})"


def _count(count: EventCount | None) -> str:
    return "" if count is None else _share(count.affected, count.at_risk)


def _share(affected: int | None, at_risk: int | None) -> str:
    """Return ``24 of 68 (35.3 %)``, or "" if the number affected was not reported."""
    if affected is None:
        return ""
    if not at_risk:
        return f"{affected:,}" if at_risk is None else f"{affected:,} of 0"
    return f"{affected:,} of {at_risk:,} ({affected / at_risk:.1%})".replace("%)", " %)")


class _Comments:
    """The comments of cells, numbered as they come. Equal comments share a number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, comment: str | None) -> str:
        if not comment:
            return ""
        return f" [{self._numbers.setdefault(' '.join(comment.split()), len(self._numbers) + 1)}]"

    @property
    def notes(self) -> list[str]:
        return [f"[{number}] {comment}" for comment, number in self._numbers.items()]


def _rows(measure: Measure, groups: Sequence[str], comments: _Comments) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found = []
    for key, categories in measure.rows.items():
        head = measure.classes[key]
        for category, cells in categories.items():
            label = ", ".join(filter(None, (head.title, head.categories.get(category, ""))))
            found.append((label, tuple(_cell(cells.get(group), comments) for group in groups)))
        if not categories:
            found.append((head.title, ("",) * len(groups)))
    return tuple(found)


def _cell(cell: Cell | None, comments: _Comments) -> str:
    """Return a value with its spread or limits in brackets, and the mark of its comment."""
    if cell is None:
        return ""
    limits = f"{cell.lower or '?'} to {cell.upper or '?'}" if cell.lower or cell.upper else None
    around = "; ".join(filter(None, (cell.spread, limits)))
    return f"{cell.value or ''}{f' ({around})' if around else ''}{comments.mark(cell.comment)}".strip()


def _about(measure: Measure) -> str:
    what = ", ".join(filter(None, (_words(measure.statistic), measure.units)))
    return f"{what} ({_words(measure.dispersion)})" if measure.dispersion else what


def _words(code: str | None) -> str:
    """Return a code of the registry in words. Words that are no code stay as they are."""
    text = code or ""
    return text.replace("_", " ").lower() if text.isupper() and len(text) > 2 else text


def _heads(groups: Mapping[str, ReportedGroup], denominators: Mapping[str, Denominator]) -> tuple[str, ...]:
    """Return the title of each group with the number analyzed: ``Placebo (n = 68)``."""
    return tuple(f"{group.title}{_analyzed(key, denominators.values())}" for key, group in groups.items())


def _analyzed(key: str, denominators: Iterable[Denominator]) -> str:
    found = [(it.units, it.counts[key]) for it in denominators if key in it.counts]
    if not found:
        return ""
    first, *others = found
    more = "".join(f", {count} {units}" for units, count in others)
    return f" (n = {first[1]}{more})"


def _analysis_words(analysis: Analysis, groups: Mapping[str, ReportedGroup]) -> str:
    """Return one analysis as a line: ``Drug A and Placebo: Hazard Ratio (HR) 0.57 (95 % CI 0.37 to 0.90), p = 0.02``.

    The registry does not say which group is compared with which, so no order is implied.
    """
    compared = " and ".join(groups[key].title for key in groups if key in analysis.groups)
    parts = []
    if analysis.estimate_value:
        estimate = f"{analysis.estimate or 'estimate'} {analysis.estimate_value}"
        if analysis.lower or analysis.upper:
            percent = f"{analysis.interval_percent} % CI " if analysis.interval_percent else ""
            estimate += f" ({percent}{analysis.lower or '?'} to {analysis.upper or '?'})"
        parts.append(estimate)
    if analysis.p_value:
        parts.append(f"p {analysis.p_value}" if analysis.p_value[0] in "<>=≤≥" else f"p = {analysis.p_value}")
    if analysis.method:
        parts.append(analysis.method)
    said = ", ".join(parts) or analysis.other or analysis.group_description or "described in words only"
    return f"{compared}: {said}" if compared else said


def primary_measures(reported: Reported) -> dict[str, Measure]:
    """Return the primary outcomes as reported, by key."""
    return {key: it for key, it in reported.measures.items() if it.is_primary}
