"""What a trial reported, as tables in a terminal: flow, baseline, measures, adverse events."""

from __future__ import annotations

from string import ascii_uppercase

import msgspec
from rich.text import Text

from tracker.api.reported import ReportedResults
from tracker.cli.render.column import Column
from tracker.cli.render.output import Answer
from tracker.cli.render.table import print_table
from tracker.cli.render.table_layout import cut
from tracker.cli.render.terminal import console, hanging
from tracker.cli.render.trial_heading import trial_heading
from tracker.records.clean import clean
from tracker.records.one_line import one_line
from tracker.results.reported_tables import (
    ResultTable,
    baseline_table,
    event_table,
    flow_tables,
    harm_table,
    measure_table,
    most_important_first,
)

__all__ = ["answer_of_reported", "print_reported"]

_MOST_MEASURES = 20
_MOST_TERMS = 15
_MOST_ROWS = 60
_MOST_TITLES = 4
"""With more groups than this, columns get letters, and a legend says which group each is."""
_MOST_COLUMNS = 10
"""With more groups than this, a table has a row for each value."""


def answer_of_reported(found: ReportedResults, title: str | None) -> Answer:
    """Return the answer of a command that shows what one trial reported. `title` is the trial's."""
    document = msgspec.to_builtins(found)
    return Answer(document, "", tuple(document), table=lambda: print_reported(found, title))


def print_reported(found: ReportedResults, title: str | None) -> None:
    """Print all that was reported, in the order of a reader's questions. Long lists are cut, and say so."""
    reported, more = found.reported, f"trialwatch results {found.trial} --reported -o json"
    out = console()
    out.print(Text(cut(clean(trial_heading(found.trial, title)), out.width), style="bold"))
    out.print(Text(clean(f"results as of version {found.version}"), style="dim"))
    _print_registered(found)
    for table in flow_tables(reported.flow):
        _print(table, more)
    if reported.baseline.measures:
        _print(baseline_table(reported.baseline), more)
    measures = most_important_first(reported.measures)
    for measure in measures[:_MOST_MEASURES]:
        _print(measure_table(measure), more)
    if len(measures) > _MOST_MEASURES:
        out.print(f"\nand {len(measures) - _MOST_MEASURES:,} more measures. All of them: {more}", style="dim")
    events = reported.adverse_events
    if events.groups:
        _print(harm_table(events), more)
    for serious in (True, False):
        table = event_table(events, serious=serious, most=_MOST_TERMS)
        if table.rows:
            _print(table, more)
    if reported.limitations:
        out.print(Text("\nLimitations and caveats", style="bold"))
        hanging(out, "  ", Text(clean(one_line(reported.limitations))))


def _print_registered(found: ReportedResults) -> None:
    """Print what became of each registered outcome, and what was reported without having been registered."""
    if not found.registered:
        return
    out = console()
    day = found.registered[0].as_of
    as_of = f" (as registered on {day})" if day else ""
    out.print()
    out.print(Text(f"Registered against reported{as_of}", style="bold"))
    if all(it.verdict == "unknown" for it in found.registered):
        hanging(out, "  ", Text(found.registered[0].why))
        return
    rows = [
        {
            "outcome": it.outcome or "-",
            "role": it.registered_as or "-",
            "verdict": it.verdict.replace("_", " "),
            "why": it.why,
        }
        for it in found.registered[:_MOST_ROWS]
    ]
    columns = (
        Column("outcome", "Registered outcome", room=2),
        Column("role", "As"),
        Column("verdict", "Verdict"),
        Column("why", "Why", room=2),
    )
    print_table(columns, rows)
    if len(found.registered) > _MOST_ROWS:
        out.print(f"  and {len(found.registered) - _MOST_ROWS:,} more", style="dim")


def _print(table: ResultTable, more: str) -> None:
    out = console()
    out.print()
    out.print(Text(clean(table.title), style="bold"))
    if table.about:
        hanging(out, "", Text(clean(one_line(table.about)), style="dim"))
    if len(table.columns) > _MOST_COLUMNS:
        _print_long(table)
    elif len(table.columns) > _MOST_TITLES:
        letters = ascii_uppercase[: len(table.columns)]
        for letter, title in zip(letters, table.columns, strict=True):
            hanging(out, Text(f"  {letter}  ", style="bold"), Text(clean(one_line(title))))
        _print_wide(table._replace(columns=tuple(letters)))
    elif table.rows:
        _print_wide(table)
    if len(table.rows) > _MOST_ROWS:
        out.print(f"  and {len(table.rows) - _MOST_ROWS:,} more rows. All of them: {more}", style="dim")
    for note in table.notes:
        hanging(out, "  ", Text(clean(one_line(note)), style="dim"))


def _print_wide(table: ResultTable) -> None:
    labelled = any(label for label, _ in table.rows)
    columns = [Column("label", "", room=2)] if labelled else []
    columns += [Column(f"group{at}", clean(head), room=1) for at, head in enumerate(table.columns)]
    rows = [
        {"label": label, **{f"group{at}": cell for at, cell in enumerate(cells)}}
        for label, cells in table.rows[:_MOST_ROWS]
    ]
    print_table(columns, rows)


def _print_long(table: ResultTable) -> None:
    """Print a row for each value, with its group in a column."""
    labelled = any(label for label, _ in table.rows)
    columns = [Column("label", "", room=2)] if labelled else []
    columns += [Column("group", "Group", room=2), Column("value", "Value", room=1)]
    rows = [
        {"label": label, "group": group, "value": cell}
        for label, cells in table.rows[:_MOST_ROWS]
        for group, cell in (zip(table.columns, cells, strict=True) if any(cells) else [("", "")])
        if cell or not group
    ]
    print_table(columns, rows)
