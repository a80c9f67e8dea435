"""Which trials are watched, their tags, and which obsolete ids lead to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from storage.engine.bulk import batches, insert_absent, storable, upsert
from storage.reads.in_session import SessionReader
from storage.reads.trials import known as reads
from storage.tables.models import AliasRow, TagRow, TrialRow, WatchRow

__all__ = [
    "add_alias",
    "add_tag",
    "every_tag",
    "known",
    "remove_tag",
    "rename_watch",
    "resolve",
    "resolve_all",
    "stored",
    "tags_in_use",
    "tags_of",
    "unwatch",
    "watch",
    "watch_all",
    "watched",
    "watched_of",
    "watched_since",
]

_AT_ONCE = 1_000


def watch(session: Session, trial: str, registry: str, now: datetime, tags: Iterable[str] = ()) -> bool:
    """Watch `trial` as `watch_all` does. Return True if it was not watched before."""
    return bool(watch_all(session, {trial: registry}, now, tags))


def watch_all(session: Session, trials: Mapping[str, str], now: datetime, tags: Iterable[str] = ()) -> set[str]:
    """Watch `trials` (trial -> registry), and add `tags` to the tags of each. Return those not watched before.

    A trial that was never read is asked for at the next poll, even if the registry did not know it before.
    """
    labels = [storable(tag) for tag in tags]
    blank = TrialRow(trial="", registry_name="").model_dump()
    began: set[str] = set()
    for some in batches(trials):
        rows = [{**blank, "trial": trial, "registry_name": trials[trial]} for trial in some]
        insert_absent(session, TrialRow, rows)
        _forget_absences(session, some)
        insert_absent(session, TagRow, [{"trial": trial, "tag": tag} for trial in some for tag in labels])
        began |= set(some) - watched_of(session, some)
        _begin(session, {trial: trials[trial] for trial in some if trial in began}, now)
    return began


def _forget_absences(session: Session, some: Sequence[str]) -> None:
    """Forget earlier 404 answers of trials that were never read: the registry may have published them since."""
    never_read = (
        col(TrialRow.trial).in_(some),
        col(TrialRow.current_version).is_(None),
        col(TrialRow.missing_count) > 0,
    )
    forgotten = {"missing_data_timestamp": None, "missing_count": 0, "next_check_at": None, "next_check_reason": ""}
    session.connection().execute(update(TrialRow).where(*never_read).values(forgotten))


def _begin(session: Session, began: Mapping[str, str], now: datetime) -> None:
    values = {"active": True, "added_at": now, "stopped_at": None}
    rows = [{"trial": trial, "registry_name": registry, **values} for trial, registry in began.items()]
    upsert(session, WatchRow, rows, update=values)


def unwatch(session: Session, trial: str, now: datetime) -> bool:
    """Stop watching. History and tags stay. Return False if it was not watched."""
    stop = (
        update(WatchRow).where(col(WatchRow.trial) == trial, col(WatchRow.active)).values(active=False, stopped_at=now)
    )
    return session.connection().execute(stop).rowcount > 0


def watched(session: Session, tag: str | None = None, registry: str | None = None) -> list[str]:
    """Return the ids of all watched trials (with `tag`; of `registry`), sorted."""
    query = select(WatchRow.trial).where(col(WatchRow.active))
    if registry is not None:
        query = query.where(WatchRow.registry_name == storable(registry))
    if tag is not None:
        query = query.where(col(WatchRow.trial).in_(select(TagRow.trial).where(TagRow.tag == storable(tag))))
    # A few at a time: what is read at once is twice as large as the ids.
    found = list(session.exec(query.execution_options(yield_per=_AT_ONCE)))
    found.sort()
    return found


def watched_of(session: Session, trials: Iterable[str]) -> set[str]:
    """Return those of `trials` that are watched."""
    return reads.ids_of(SessionReader(session), reads.WATCHED_OF, trials)


def watched_since(session: Session, trial: str) -> datetime | None:
    """Return when the watch of a trial began; None if there never was one."""
    row = session.get(WatchRow, trial)
    return row.added_at if row else None


def tags_of(session: Session, trials: Iterable[str]) -> dict[str, list[str]]:
    """Return the sorted tags of each of `trials`, an empty list for those without."""
    found: dict[str, list[str]] = {trial: [] for trial in trials}
    for batch in batches(found):
        for trial, tag in session.exec(select(TagRow.trial, TagRow.tag).where(col(TagRow.trial).in_(batch))):
            found[trial].append(tag)
    return {trial: sorted(tags) for trial, tags in found.items()}


def add_tag(session: Session, trials: Sequence[str], tag: str) -> None:
    """Give these known trials a tag. Watched or not: a trial keeps its tags when it is no longer watched."""
    insert_absent(session, TagRow, [{"trial": trial, "tag": storable(tag)} for trial in trials])


def remove_tag(session: Session, trials: Iterable[str], tag: str) -> None:
    """Take a tag off these trials."""
    for batch in batches(map(storable, trials)):
        mine = delete(TagRow).where(col(TagRow.tag) == storable(tag), col(TagRow.trial).in_(batch))
        session.connection().execute(mine)


def every_tag(session: Session) -> set[str]:
    """Return all tags that a trial has, watched or not."""
    return set(session.exec(select(TagRow.tag).distinct()))


def tags_in_use(session: Session) -> set[str]:
    """Return all tags that a watched trial has."""
    mine = select(WatchRow.trial).where(col(WatchRow.active))
    return set(session.exec(select(TagRow.tag).where(col(TagRow.trial).in_(mine)).distinct()))


def known(session: Session, trials: Iterable[str]) -> set[str]:
    """Return those of `trials` that have a current version."""
    return reads.ids_of(SessionReader(session), reads.HAVING_VERSION, trials)


def stored(session: Session, trials: Iterable[str]) -> set[str]:
    """Return those of `trials` with anything stored, even if only a page from another place."""
    return reads.ids_of(SessionReader(session), reads.STORED_OF, trials)


def resolve(session: Session, trial: str) -> str:
    """Return the current id of a trial by following its aliases to the end. A circle of aliases ends too."""
    return reads.resolve(SessionReader(session), trial)


def resolve_all(session: Session, trials: Iterable[str]) -> list[str]:
    """Return what `resolve` does for each of these, in their order. One query for every 500, as aliases are few."""
    wanted, obsolete = list(trials), set[str]()
    for some in batches(map(storable, dict.fromkeys(wanted))):
        obsolete.update(session.exec(select(AliasRow.alias).where(col(AliasRow.alias).in_(some))))
    return [resolve(session, trial) if trial in obsolete else trial for trial in wanted]


def add_alias(session: Session, alias: str, trial: str, now: datetime) -> None:
    """Record that `alias` is an obsolete id of `trial`. An id never becomes an alias of itself."""
    if alias != trial:
        row = {"alias": alias, "trial": trial, "noted_at": now}
        upsert(session, AliasRow, [row], update=("trial",))


def rename_watch(session: Session, old: str, new: str, now: datetime) -> None:
    """Move the watch of the obsolete id `old` to `new`, and copy its tags. An unwatched trial stays unwatched.

    `old` keeps its tags like any trial that is no longer watched, so that the move can be undone.
    """
    row = session.get(WatchRow, old)
    if row is not None and row.active:
        watch(session, new, row.registry_name, now)
        unwatch(session, old, now)
    tags = list(session.exec(select(TagRow.tag).where(TagRow.trial == old)))
    if tags and session.get(TrialRow, new) is not None:
        insert_absent(session, TagRow, [{"trial": new, "tag": tag} for tag in tags])
