"""alerts preview: show which messages the rules would make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
import typer
from rich.text import Text

from storage.reads.in_session import SessionReader
from storage.values.states import MessageState
from storage.versions.history import ChangeFilter
from tracker.alerts.config import alert_config
from tracker.cli.loaded_settings import settings
from tracker.cli.render.column import Column, Row
from tracker.cli.render.local_time import local_minute
from tracker.cli.render.output import Answer, Format, Output, chosen, emit, note
from tracker.cli.render.table_layout import cut
from tracker.cli.render.tables.message_table import trial_column
from tracker.cli.render.tables.severity_styles import SEVERITY_STYLES
from tracker.cli.render.terminal import console, hanging
from tracker.cli.typed.arguments import TIMES_HELP
from tracker.context.clock_of import clock_of
from tracker.context.open_store import read_store
from tracker.records.clean import clean
from tracker.services.alerts import preview as alert_preview
from tracker.services.moments import since_of
from tracker.services.titles import titles_of

__all__ = ["command"]

SHOWN_IN_A_TABLE = 50
MESSAGE = (*("key", "channel", "kind", "trial", "severity", "summary", "rules", "changes", "at", "held_by", "outbox"),)
FATE = ("seq", "trial", "kind", "severity", "summary", "observed_at", "told", "not_told")


def command(
    since: Annotated[str, typer.Option("--since", metavar="TIME", help=f"Of changes since: {TIMES_HELP}")] = "7d",
    explain: Annotated[
        bool, typer.Option("--explain", help="List every change instead: the message that it is in, or why in none.")
    ] = False,
    as_if_watched: Annotated[
        bool,
        typer.Option(
            "--as-if-watched", help="Also show the past that was fetched, as if the trials had been watched then."
        ),
    ] = False,
    output: Output = None,
) -> None:
    """Show which messages your rules would have sent for recent changes. Nothing is sent.

    The time of a message counts from when its change was seen. A digest, which collects changes into one message, is
    due at the end of its window. Quiet hours hold messages back. A table shows the latest 50.

    With --as-if-watched, a change of the past counts as seen on the day it took effect. That shows what the rules would
    have sent over the years.

    \b
    Example:  trialwatch alerts preview --since 30d
              trialwatch alerts preview --since 3y --as-if-watched
              trialwatch alerts preview --explain
    """
    loaded = settings()
    config = alert_config(loaded)
    clock = clock_of(loaded)
    found_since = since_of(since, clock.now())
    wanted = ChangeFilter(since_day=found_since.day, since_instant=found_since.instant)
    with read_store(loaded, clock) as session:
        ask = alert_preview.fates if explain else alert_preview.preview
        answer = ask(session, config, wanted, as_if_watched=as_if_watched)
        titles = titles_of(SessionReader(session), {row.trial for row in answer if row.trial})
    found = msgspec.to_builtins(answer)
    shown = found[-SHOWN_IN_A_TABLE:] if chosen(output) is Format.TABLE else found
    emit(_fates(shown, titles) if explain else _messages(shown, titles), output, pager=True)
    if len(shown) < len(found):
        note(f"These are the latest {len(shown)} of {len(found):,}. All of them: -o csv")


def _messages(rows: Sequence[Row], titles: Mapping[str, str]) -> Answer:
    columns = (
        Column("at", "When", instant=True),
        Column("channel", "Channel"),
        Column("severity", "Severity", style=lambda row: SEVERITY_STYLES[row["severity"]]),
        Column("kind", "Kind", spare=2),
        trial_column(titles),
        Column("summary", "What", _what, room=2),
    )
    empty = "Nothing of that time would be sent. Why not: trialwatch alerts preview --explain"
    return Answer({"messages": rows}, "messages", MESSAGE, columns, empty)


def _what(row: Row) -> str:
    about = row["summary"]
    states = {None: "", MessageState.GROUPED: "", MessageState.PENDING: " (waits in the outbox)"}
    state = states.get(row["outbox"], f" ({row['outbox']} already)")
    return f"{about} (held: {row['held_by']})" if row["held_by"] else f"{about}{state}"


def _fates(rows: Sequence[Row], titles: Mapping[str, str]) -> Answer:
    empty = "Nothing has changed in that time. Look further back: --since 30d"
    return Answer({"changes": rows}, "changes", FATE, empty=empty, table=lambda: _page(rows, titles, empty))


def _page(rows: Sequence[Row], titles: Mapping[str, str], empty: str) -> None:
    out = console()
    if not rows:
        note(empty)
    for row in rows:
        seen = local_minute(row["observed_at"])
        head = f"No. {row['seq']}  {seen}  {row['trial'] or '(us)'}  {row['severity']}  {row['kind']}"
        out.print(Text(clean(head), style=SEVERITY_STYLES[row["severity"]]))
        if row["trial"] in titles:
            out.print(Text(cut(f"    {clean(titles[row['trial']])}", out.width), style="dim"))
        hanging(out, "    ", Text(clean(row["summary"])))
        for it in row["told"]:
            hanging(out, Text("  → ", style="green"), Text(clean(_sending_words(it))))
        for it in row["not_told"]:
            rule = f"rule {it['rule']}: " if it["rule"] else ""
            hanging(out, Text("  - ", style="dim"), Text(clean(f"{rule}{it['why']}"), style="dim"))
        out.print()


def _sending_words(row: Row) -> str:
    when = f"{local_minute(row['at'])}, waits {row['waits']}" if row["waits"] else "at once"
    held = f"; held: {row['held_by']}" if row["held_by"] else ""
    return f"{row['channel']}  {when}{held}"
