"""Poll trials of any registry: one poll per registry, one after the other, and one report."""

from __future__ import annotations

from collections.abc import Sequence

from storage.polling import runs
from storage.watching import watches
from tracker.context.context import PATIENCE_SECONDS, Context
from tracker.context.progress import Progress, silent
from tracker.errors import UsageError
from tracker.polling.poll import poll
from tracker.polling.run.report import PollReport, together
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
    """Poll `chosen` once (default: every watched trial). Without trials, ask only the first registry.

    `accept` and the errors raised are those of `tracker.polling.poll.poll`. A registry in trouble does not keep the
    others from being asked.
    """
    with context.database.read() as session:
        run = runs.get(session, accept) if accept is not None else None
        named = by_registry(watches.watched(session) if chosen is None else chosen)
    if run is not None and run.registry_name not in context.registries:
        raise UsageError(
            f"Run {accept} is of {run.registry_name}, a registry that is not read here", subject=str(accept)
        )
    first = next(iter(context.registries))
    names = [run.registry_name if run else first] if accept is not None else list(named) or [first]
    return together(
        [
            poll(context, named.get(name, []), registry_name=name, accept=accept, progress=progress, patience=patience)
            for name in names
        ]
    )
