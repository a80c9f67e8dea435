"""One look at trials of any registry: a poll each, one after the other, and one report of it all."""

from __future__ import annotations

from collections.abc import Sequence

from storage.polling import runs
from storage.watching import watches
from tracker.context.context import PATIENCE_SECONDS, Context
from tracker.context.progress import Progress, silent
from tracker.polling.poll import poll
from tracker.polling.report import PollReport, together
from tracker.registries.ids import by_registry

__all__ = ["poll_all"]


def poll_all(
    context: Context,
    chosen: Sequence[str] | None = None,
    *,
    accept: int | None = None,
    progress: Progress = silent,
    patience: float = PATIENCE_SECONDS,
) -> PollReport:
    """Look at `chosen` (default: every watched trial) once. With nothing to look at, only the first registry is asked.

    `accept` and what is raised: as for `tracker.polling.poll.poll`. A registry in trouble keeps no other from being
    asked.
    """
    with context.database.read() as session:
        run = runs.get(session, accept) if accept is not None else None
        named = by_registry(watches.watched(session) if chosen is None else chosen)
    first = next(iter(context.registries))
    names = [run.registry_name if run else first] if accept is not None else list(named) or [first]
    return together(
        [
            poll(context, named.get(name, []), registry=name, accept=accept, progress=progress, patience=patience)
            for name in names
        ]
    )
