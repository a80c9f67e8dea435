"""export: write changes, versions, trials or reported results as a table."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tracker.changes.wording.words import count_of
from tracker.cli.loaded_settings import settings
from tracker.cli.render.notes.common_notes import tell_left_out, tell_unknown
from tracker.cli.render.output import note
from tracker.cli.typed.arguments import Force, Since, StoredTrials
from tracker.cli.typed.file_targets import FormatTarget, format_target
from tracker.cli.typed.given_options import only_with
from tracker.context.clock_of import clock_of
from tracker.context.open_store import open_store
from tracker.errors import UsageError
from tracker.services.changes.moments import Moment
from tracker.services.export.chosen_trials import TrialChoice, not_listed
from tracker.services.export.export import Exported, ExportRequest, export
from tracker.services.export.formats import BINARY, FORMATS
from tracker.services.export.tables import TABLES
from tracker.services.moments import since_of
from tracker.services.typed.trial_ids import trial_ids

__all__ = ["command"]

Mark = Annotated[
    bool | None,
    typer.Option("--bom/--no-bom", help="Begin csv with a mark for Excel. Default: in a file, not on standard output."),
]


What = Annotated[
    str,
    typer.Argument(metavar="TABLE", help="changes, versions, trials, or one of reported results."),
]
Tag = Annotated[str | None, typer.Option("--tag", metavar="TAG", help="Only watched trials with this tag.")]
Rule = Annotated[
    str | None,
    typer.Option(
        "--rule", metavar="RULE", help="Only trials to which RULE applies or may apply: fdaaa801, eu-ctr, who-2017."
    ),
]
To = Annotated[
    str | None,
    typer.Option("--to", metavar="FILE|-", help="A file, or a folder for a file named after the table."),
]
Form = Annotated[
    str | None,
    typer.Option("--format", metavar="FORMAT", help="csv, xlsx, jsonl or parquet. Default: as FILE ends, else csv."),
]


def command(
    what: What,
    ids: StoredTrials = None,
    tag: Tag = None,
    rule: Rule = None,
    since: Since = None,
    to: To = None,
    form: Form = None,
    mark: Mark = None,
    force: Force = False,
) -> None:
    """Write all changes (one row per changed field), all versions, or all trials, with stable columns.

    Or write reported results, one row per value: measures, analyses, adverse-events, flow, baseline. Their columns are
    named as in AACT, a public copy of ClinicalTrials.gov. They hold every version: effective_until is empty for what
    stands now.

    With ids, --tag or --rule, write only what is about these trials.

    Without --to, or with --to -, write to standard output. For trials, --since selects those whose results have been
    posted since then.

    In CSV, a value that a spreadsheet would take for a formula starts with an apostrophe. Parquet needs the extra
    "analytics".

    \b
    Example:  trialwatch export changes --since 30d --to changes.csv
              trialwatch export trials --tag hcc --rule fdaaa801 --to fdaaa801.xlsx
              trialwatch export versions NCT05349331 --format jsonl
              trialwatch export measures --to measures.parquet
    """
    if what not in TABLES:
        raise not_listed(what, TABLES)
    if form is not None and form not in FORMATS:
        raise not_listed(form, FORMATS)
    target = format_target(to, form, FORMATS, BINARY, what)
    only_with("--to FILE", target.path, force=force)
    if mark is not None and target.form != "csv":
        raise UsageError(f"--bom and --no-bom are for csv, and this is {target.form}")
    choice = TrialChoice(trial_ids(ids) if ids else None, tag, rule)
    clock = clock_of(loaded := settings())
    now = clock.now()
    since_then = since_of(since, now) if since else Moment()
    request = ExportRequest(what, target.form, since_then, target.path or sys.stdout, force, choice, mark)
    with open_store(loaded, clock) as database:
        done = export(database, request, now.date())
    _tell(done, target, asked=bool(since) or not choice.is_all)


def _tell(done: Exported, target: FormatTarget, *, asked: bool) -> None:
    """Say what was written, and what was not. End with code 3 if something was left out."""
    if target.path is not None:
        note(f"{target.path}: {count_of(done.rows, 'row')}.")
    elif asked and not done.rows:
        note("No row matches what you asked for.")
    if done.shortened:
        note(
            f"{count_of(done.shortened, 'cell')} would hold more than the 32,767 characters that a cell can hold, and "
            "ends with a note instead. The whole text is in csv, jsonl and parquet."
        )
    tell_unknown(done.unknown)
    if tell_left_out(done.left_out) or done.unknown:
        raise typer.Exit(3)
