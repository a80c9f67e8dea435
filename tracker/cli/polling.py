"""poll and status: look now, and how we are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.common import Trials, nothing_watched, settings, storable, trial_ids
from tracker.cli.delivering import tell_delivered
from tracker.cli.output import Answer, Format, Output, chosen, emit, note
from tracker.errors import UnknownTrial

if TYPE_CHECKING:
    from storage.engine.database import Database
    from tracker.context.context import Context
    from tracker.polling.report import PollReport

__all__ = ["add_to"]

EXIT_CODES = {"complete": 0, "unchanged": 0, "partial": 3, "held": 3, "failed": 1}


def add_to(app: typer.Typer) -> None:
    app.command("poll", short_help="Look now, and write down what changed.")(poll_)
    app.command("status", short_help="Tell whether all is well.")(status)


def poll_(
    ids: Trials = None,
    no_deliver: Annotated[bool, typer.Option("--no-deliver", help="Only look; deliver no messages.")] = False,
    accept: Annotated[
        int | None, typer.Option("--accept", metavar="RUN", help="Write down a held run.", callback=storable)
    ] = None,
    now: Annotated[
        bool, typer.Option("--now", help="Ask in spite of a pause after a refusal (not of one the registry asked for).")
    ] = False,
    output: Output = None,
) -> None:
    """Look at the watched trials now, write down what changed, and deliver the alerts that are due.

    Beside a running daemon it has that look, and waits for what it finds. Exit code 3 when some could not be read or
    the run was held, 1 when none could.

    When a registry's firewall has refused this program or this network, it is left alone for an hour. With --now it is
    asked once more at once: to see whether another proxy, network or contact helps.

    \b
    Example:  trialwatch poll && trialwatch changes --new
    """
    from tracker.app import open_context, open_delivery
    from tracker.changes.wording.words import count_of
    from tracker.cli.terminal import progress
    from tracker.polling.poll_all import poll_all

    loaded = settings()
    with open_context(loaded) as context:
        delivery_worker = None if no_deliver else open_delivery(context, loaded)
        named, missing = _watched(context, ids)
        if now:
            _lift_refusals(context)
        if accept is not None:
            _check_held(context.database, accept)
        delivered = None
        report = _by_the_daemon(context, named if ids else None) if named and accept is None else None
        if report is None:
            with progress() as tell:
                report = poll_all(context, named, accept=accept, progress=tell)
            delivered = delivery_worker.deliver() if delivery_worker is not None else None
        left = 0 if delivered is None else _undelivered(context)
    _print(report, output)
    if delivered is not None:
        tell_delivered(delivered, context.alerts.unusable)
    if left:
        note(f"{count_of(left, 'message')} due now could not be delivered. To see why: trialwatch status")
    if named == [] and accept is None:
        note(nothing_watched(None))
    for trial in missing:
        note(f"{trial} is not watched. Watch it: trialwatch watch {trial}")
    raise typer.Exit(EXIT_CODES[report.outcome] or (3 if missing or left else 0))


def _undelivered(context: Context) -> int:
    """How many messages were due now and are still here after delivering."""
    from storage.outbox import undelivered

    with context.database.read() as session:
        return undelivered.due_now(session, context.clock.now())


def _lift_refusals(context: Context) -> None:
    from storage.polling import hosts

    with context.database.write() as session:
        hosts.lift_refusals(session)


def _by_the_daemon(context: Context, named: list[str] | None) -> PollReport | None:
    """The report of a look the running daemon makes for us; None when there is no daemon, or no longer one."""
    from tracker.processes.daemon_lock import daemon_holder, is_daemon_running
    from tracker.services.poll_by_daemon import ask_the_daemon

    if not is_daemon_running(context.database):
        return None
    note(f"The daemon ({daemon_holder(context.database)}) looks for us.")
    report = ask_the_daemon(context.database, context.clock, named)
    if report is None:
        note("The daemon ended before it answered; looking without it.")
    return report


def _watched(context: Context, ids: list[str] | None) -> tuple[list[str], list[str]]:
    """The trials to look at (of `ids`, or all), and those of `ids` that are not watched."""
    from storage.watching import watches

    with context.database.read() as session:
        active = watches.watched(session)
        names = [watches.resolve(session, trial) for trial in trial_ids(ids)] if ids else active
    missing = [trial for trial in names if trial not in active]
    if missing and len(missing) == len(names):
        all_ = ", ".join(missing)
        raise UnknownTrial(f"{all_} is not watched. Watch it: trialwatch watch {' '.join(missing)}", subject=all_)
    return [trial for trial in names if trial in active], missing


def _check_held(database: Database, run: int) -> None:
    from storage.polling import runs

    with database.read() as session:
        row = runs.get(session, run)
        waiting = runs.staged_count(session, run)
    if row is None or row.outcome != "held" or not waiting:
        raise UnknownTrial(f"Run {run} is not held. See: trialwatch status", subject=str(run))


def _print(report: PollReport, output: Output) -> None:
    document = {"poll": report.document()}
    fields = ("run", "outcome", "data_timestamp", "checked", "new", "changed", "unchanged", "requests")
    emit(Answer(document, "poll", fields, table=lambda: _sentences(report)), output)
    for fault in report.faults[:20]:
        note(f"{fault.trial}: {fault.trace}")
    if chosen(output) is Format.TABLE:
        return
    for trial, reason in _troubles(report)[:20]:
        note(f"{trial}: {reason}")


def _troubles(report: PollReport) -> list[tuple[str, str]]:
    """What is new of them; all, where they are why nothing could be read."""
    failed = [(item.trial, item.reason) for item in report.failed]
    whole = report.outcome == "failed"
    return failed + [(item.trial, item.reason) for item in report.quarantined if item.new or whole]


def _sentences(report: PollReport) -> None:
    from tracker.cli.terminal import console
    from tracker.records.clean import clean

    lines = [_headline(report)]
    lines += [f"  held: {item.reason}" for item in report.held]
    if report.held:
        lines.append(f"  nothing was written. After a look: trialwatch poll --accept {report.run}")
    troubles = _troubles(report)
    lines += [f"  {trial}: {reason}" for trial, reason in troubles[:10]]
    if len(troubles) > 10:
        lines.append(f"  and {len(troubles) - 10:,} more; see: trialwatch poll -o json")
    if report.changed:
        lines.append("See what changed: trialwatch changes --new")
    console().print(clean("\n".join(lines)))


def _headline(report: PollReport) -> str:
    from tracker.changes.wording.words import count_of

    asked = count_of(report.requests, "request")
    when = f"registry data of {_minute(report.data_timestamp)}" if report.data_timestamp else "no answer"
    if report.outcome == "unchanged":
        return f"Nothing new: the {when} has been read already ({asked})."
    counts = f"{report.new:,} new, {report.changed:,} changed, {report.unchanged:,} unchanged"
    return f"Poll {report.run} is {report.outcome}: {counts} of {count_of(report.checked, 'trial')}; {when}, {asked}."


def status(output: Output = None) -> None:
    """Tell how the watch is doing. Exit code 1 when something needs a person, so that any monitor can ask.

    \b
    Example:  trialwatch status || mail -s 'trialwatch needs you' me@example.org
    """
    import msgspec

    from tracker.context.open_store import clock_of, open_store
    from tracker.services import status as status_service

    loaded = settings()
    clock = clock_of(loaded)
    with open_store(loaded, clock) as database:
        document = {"status": msgspec.to_builtins(status_service.status(database, clock.now(), loaded))}
    fields = (
        "healthy",
        "store",
        "last_poll",
        "data_timestamp",
        "watched",
        "pending",
        "dead",
        "schema",
        "sqlite",
        "warnings",
    )
    emit(Answer(document, "status", fields, table=lambda: _status_table(document["status"])), output)
    raise typer.Exit(0 if document["status"]["healthy"] else 1)


def _status_table(found: dict[str, Any]) -> None:
    from rich.text import Text

    from tracker.cli.terminal import console, hanging
    from tracker.records.clean import clean

    out = console()
    well = found["healthy"]
    out.print("Healthy" if well else "Needs attention", style="bold green" if well else "bold red")
    software = f"schema {found['schema']}" + (f", SQLite {found['sqlite']}" if found["sqlite"] else "")
    rows = (
        ("last poll", _minute(found["last_poll"]) or "never; try: trialwatch poll"),
        ("registry data", _minute(found["data_timestamp"])),
        ("watched trials", f"{found['watched']:,}"),
        ("daemon", _daemon(found)),
        ("alerts", _alerts(found)),
        ("store", f"{found['store']}, {software}"),
    )
    for label, value in rows:
        if value:
            hanging(out, f"  {label:<15} ", clean(value))
    for warning in found["warnings"]:
        hanging(out, Text("  ! ", style="yellow"), Text(clean(warning), style="yellow"))


def _alerts(found: dict[str, Any]) -> str:
    """What waits and what is dead; nothing when there is neither."""
    waiting = [f"{found[state]:,} {state}" for state in ("pending", "dead") if found[state]]
    return ", ".join(waiting)


def _daemon(found: dict[str, Any]) -> str:
    """Who looks when by itself; nothing when nobody does."""
    if found["daemon"] is None:
        return ""
    return f"{found['daemon']}, next look {_minute(found['next_look']) or 'at once'}"


def _minute(instant: str | None) -> str:
    return (instant or "")[:16].replace("T", " ") + (" UTC" if (instant or "").endswith("Z") else "")
