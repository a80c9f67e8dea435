"""Sets of trials that are kept up to date, on the command line: made, filled, listed, stopped, and who is kept out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from tracker.cli.output import Answer, Column, note
from tracker.errors import UnknownTrial, UsageError

if TYPE_CHECKING:
    from sqlmodel import Session

    from tracker.context.context import Context
    from tracker.polling.report import PollReport
    from tracker.similar.cohort_definition import Definition
    from tracker.similar.cohort_update import Kept

__all__ = [
    "CAP",
    "answer_of",
    "change_rejected",
    "check_answer",
    "dry_run_of",
    "fill",
    "listed",
    "look_at",
    "refuse_both",
    "saved",
    "stop",
    "tell",
    "tell_notes",
    "tell_unread",
]

CAP = 500
"""Trials of a saved query, unless told otherwise."""
SOME = 5


def saved(typed: Sequence[str], cap: int, tags: Iterable[str]) -> Definition:
    """The saved query a person typed. Raises UsageError."""
    from tracker.registries.listed import searched
    from tracker.similar.cohort_definition import saved_query

    registry, language = searched()
    return saved_query(registry, language.parse(typed), cap, tuple(dict.fromkeys(tags)))


def check_answer(context: Context, cohort: Definition, *, keep_empty: bool) -> None:
    """Ask how many trials a query finds, before it is kept.

    Raises Refused when the registry refuses the question, and UnknownTrial when it finds nothing: that is most often a
    typing error. A registry that cannot be reached says nothing about the query.
    """
    from tracker.errors import Blocked, Refused, RegistryError
    from tracker.similar.cohort_search import count

    try:
        found = count(context, cohort)
    except Blocked:
        return
    except Refused as error:
        error.message += ". Nothing is watched; put the query in other words. See: trialwatch watch --help"
        raise
    except RegistryError:
        return
    if not found and not keep_empty:
        raise UnknownTrial(
            f"The registry finds nothing for {_said(cohort)}, so nothing is watched. Check the words; to wait for the "
            "first trial that it will find, add --keep-empty",
            subject=cohort.name,
        )


def tell_notes(cohort: Definition) -> None:
    """Say on stderr what a person may not expect of a query."""
    from tracker.registries.listed import REGISTRIES

    language = REGISTRIES[cohort.registry].search
    for sentence in language.notes(cohort.query) if language is not None else ():
        note(f"Note: {sentence}.")


def _said(cohort: Definition) -> str:
    return ", ".join(f"{name}={text}" for name, text in cohort.query)


def dry_run_of(context: Context, cohort: Definition) -> Answer:
    """How many trials a saved query would bring. Writes nothing. Raises RegistryError."""
    from tracker.changes.wording.words import count_of
    from tracker.similar.cohort_search import count

    found = count(context, cohort)
    row = {
        "cohort": cohort.name,
        "query": _pairs(cohort),
        "found": found,
        "cap": cohort.size,
        "would_watch": min(found, cohort.size),
    }

    def sentences() -> None:
        from tracker.cli.terminal import console
        from tracker.records.clean import clean

        cut = f"; the {cohort.size:,} registered last would be watched (--cap)" if found > cohort.size else ""
        console().print(
            clean(f"{count_of(found, 'trial')} found{cut}. Nothing was written: {cohort.name} is its name.")
        )

    return Answer({"query": row}, "query", ("cohort", "query", "found", "cap", "would_watch"), table=sentences)


def fill(context: Context, wanted: Iterable[Definition]) -> list[Kept]:
    """Make these cohorts and search for each."""
    from tracker.cli.terminal import progress
    from tracker.similar.cohort_update import define, keep

    found = []
    for cohort in wanted:
        define(context, cohort)
        with progress() as show:
            found.append(keep(context, cohort.name, progress=show))
    return found


def look_at(context: Context, trials: Iterable[str], pace: float | None) -> PollReport | None:
    """Look at those of these trials that nobody has read yet; with a `pace`, after fetching their past."""
    from storage.watching import watches
    from tracker.cli.pasts import fetch_past, fetch_rest, tell_past
    from tracker.cli.terminal import progress
    from tracker.polling.poll_all import poll_all

    with context.database.read() as session:
        names = watches.watched_of(session, trials)
        new = sorted(names - watches.known(session, names))
    if not new:
        return None
    past = fetch_past(context, new, pace) if pace is not None else None
    with progress() as show:
        report = poll_all(context, new, progress=show)
    if past is not None:
        fetch_rest(past, new)
        tell_past(past.report, new, new, table=False)
    return report


def tell(found: Iterable[Kept], *, table: bool, remarks: bool = True) -> bool:
    """Say on stderr what became of cohorts; `remarks`: what was not seen, too. True when a search did not end well."""
    from tracker.changes.wording.words import count_of

    troubled = False
    for kept in found:
        for remark in kept.remarks[:SOME] if remarks else ():
            note(f"Note on {kept.cohort}: {remark}.")
        if remarks and len(kept.remarks) > SOME:
            note(f"And {count_of(len(kept.remarks) - SOME, 'more such note')}.")
        if kept.error is not None:
            troubled = True
            note(f"{kept.cohort} was not searched for to the end: {kept.error.message}. {_next_try(kept)}")
        if table:
            note(
                f"{kept.cohort} has {count_of(len(kept.trials), 'trial')}{_moved(kept)}. See: trialwatch list --cohorts"
            )
    return troubled


def _next_try(kept: Kept) -> str:
    if kept.is_refused:
        return f"It is asked again in a week. To end it: trialwatch unwatch --cohort {kept.cohort}"
    return "It is kept, and the daemon tries again."


def _moved(kept: Kept) -> str:
    if kept.first or not (kept.entered or kept.left):
        return ""
    return f", {len(kept.entered):,} new in it and {len(kept.left):,} no longer"


def tell_unread(report: PollReport, unknown: Sequence[str] = ()) -> bool:
    """Name what is watched and could not be read. True when something was not read, and nobody knows why yet."""
    unread = [item for item in report.failed if item.trial not in unknown]
    for item in unread[:SOME]:
        note(f"{item.trial} is watched, but could not be read yet: {item.reason}. The next poll asks again.")
    if len(unread) > SOME:
        note(f"And {len(unread) - SOME:,} more.")
    for record in report.quarantined:
        note(f"{record.trial} is watched, but its record cannot be read: {record.reason}. It is kept aside.")
    if report.held:
        note(
            f"Watched, but the poll was held: {report.held[0].reason}. "
            f"After a look: trialwatch poll --accept {report.run}"
        )
    return bool(unread or report.held)


def change_rejected(context: Context, seed: str, keep_out: Sequence[str], let_in: Sequence[str]) -> list[str]:
    """Keep trials out of what is like `seed`, or let them in again; returns all that are kept out now."""
    from storage.watching import cohorts, watches
    from tracker.similar.cohort_definition import like

    open_ = context.database.write if keep_out or let_in else context.database.read
    with open_() as session:
        name = like(watches.resolve(session, seed), 0).name
        now = context.clock.now()
        cohorts.reject(session, name, {watches.resolve(session, trial) for trial in keep_out}, now)
        again = {watches.resolve(session, trial) for trial in let_in}
        cohorts.reject(session, name, again, now, keep_out=False)
        return sorted(cohorts.rejected(session, name))


def stop(session: Session, names: Sequence[str], now: Any, *, with_trials: bool) -> tuple[list[dict[str, Any]], int]:
    """Search for these cohorts no more; returns their rows, and how many trials are no longer watched with them.

    Raises UnknownTrial, with nothing stopped, when one of them is not searched for.
    """
    from storage.watching import cohorts, watches

    there = {row["cohort"]: row for row in listed(session)}
    if missing := [name for name in names if name not in there]:
        said = ", ".join(name[:60] for name in missing)
        raise UnknownTrial(f"There is no cohort {said}. See: trialwatch list --cohorts", subject=said)
    ended = 0
    for name in dict.fromkeys(names):
        cohorts.stop(session, name, now)
        if with_trials:
            ended += sum(watches.unwatch(session, trial, now) for trial in cohorts.brought_alone(session, name))
    return [there[name] for name in dict.fromkeys(names)], ended


def listed(session: Session) -> list[dict[str, Any]]:
    """All cohorts that are searched for, in the shape of the outside contract."""
    from storage.watching import cohorts
    from tracker.recording.row_mapping import instant_out
    from tracker.similar.cohort_rows import definition_of

    sizes = cohorts.sizes(session)
    found = []
    for row in cohorts.every(session):
        cohort = definition_of(row)
        found.append(
            {
                "cohort": row.name,
                "kind": row.kind,
                "seed": row.seed or None,
                "query": _pairs(cohort),
                "size": row.size,
                "tags": list(cohort.tags),
                "trials": sizes.get(row.name, 0),
                "rejected": sorted(cohorts.rejected(session, row.name)),
                "searched_at": instant_out(row.searched_at),
                "next_search_at": instant_out(row.next_search_at),
                "remark": row.remark or None,
                "error": row.error or None,
            }
        )
    return found


def answer_of(rows: list[dict[str, Any]]) -> Answer:
    fields = ("cohort", "kind", "seed", "query", "size", "tags", "trials", "searched_at", "next_search_at", "remark")
    columns = (
        Column("cohort", "Cohort"),
        Column("what", "What", _what, room=3),
        Column("trials", "Trials", right=True),
        Column("searched_at", "Searched", lambda row: _minute(row["searched_at"]) or "not yet", spare=True),
        Column("next_search_at", "Next", lambda row: _minute(row["next_search_at"]) or "at once", spare=True),
        Column("remark", "Not seen", lambda row: row["error"] or row["remark"] or "-", room=2, spare=True),
    )
    empty = "There is no cohort yet. Try: trialwatch similar NCT05349331 --watch"
    return Answer({"cohorts": rows}, "cohorts", (*fields, "error"), columns, empty)


def _what(row: Any) -> str:
    if row["seed"]:
        return f"the {row['size']} most like {row['seed']}"
    return ", ".join(f"{pair['name']}={pair['text']}" for pair in row["query"])


def _minute(instant: str | None) -> str:
    return (instant or "")[:16].replace("T", " ")


def _pairs(cohort: Definition) -> list[dict[str, str]]:
    return [{"name": name, "text": text} for name, text in cohort.query]


def refuse_both(ids: Sequence[str] | None, query: Sequence[str] | None, similar: int | None, dry: bool) -> None:
    """Raise UsageError for options of `watch` that do not go together."""
    if bool(ids) == bool(query):
        raise UsageError(
            "Name trials (NCT05349331), or a query (--query 'cond=...'), and not both. See: trialwatch watch --help",
            subject="watch",
        )
    if query and similar is not None:
        raise UsageError("--similar goes with trials, not with --query", subject="--similar")
    if dry and not query:
        raise UsageError("--dry-run and --keep-empty go with --query", subject="--query")
