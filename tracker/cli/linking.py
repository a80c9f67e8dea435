"""watch --linked: what trials are called in other registers is watched with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tracker.cli.output import note

if TYPE_CHECKING:
    from tracker.context.context import Context

__all__ = ["watch_linked"]


def watch_linked(
    context: Context, names: Sequence[str], tags: Sequence[str], drop_unknown: Callable[..., Sequence[str]]
) -> list[str]:
    """Watch the other numbers of these trials, look at them, and say so. Returns those that are watched now.

    `drop_unknown`: unwatches what a register itself does not know, by the report of the look.
    """
    from storage.watching import watches
    from tracker.polling.poll_all import poll_all
    from tracker.registries.ids import registry_of
    from tracker.services.linked_trials import watchable

    with context.database.write() as session:
        others = watchable(session, names)
        for trial in others:
            watches.watch(session, trial, registry_of(trial), context.clock.now(), tags)
    if not others:
        note("No number in another register that is read here is known of these trials.")
        return []
    report: Any = poll_all(context, others)
    note(f"The same trials elsewhere: {', '.join(others)}")
    with context.database.write() as session:
        unknown = drop_unknown(session, others, report, context.clock.now())
    for trial in unknown:
        note(f"{trial} is named in a record, but its register does not know it. It is not watched.")
    return [trial for trial in others if trial not in unknown]
