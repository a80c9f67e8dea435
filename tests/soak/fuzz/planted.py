"""A program with a fault planted in it, to see that the search finds it: python -m tests.soak.fuzz.planted FAULT."""

from __future__ import annotations

import sys
from typing import Any

from tests.support.program import fork_server

__all__ = ["FAULTS"]


def formatter() -> None:
    """What makes text safe to print stumbles over one leaf."""
    from tracker.records import clean  # noqa: PLC0415  (before anything else has taken it from there)

    sound = clean.clean

    def stumbling(text: str) -> str:
        if "A sponsor" in text:
            raise ValueError("planted")
        return sound(text)

    clean.clean = stumbling


def neighbour() -> None:
    """After one refused record every other one of the poll is refused."""
    from tracker.polling import decide  # noqa: PLC0415

    sound, refused = decide.decide, []

    def spreading(*words: Any, **named: Any) -> Any:
        found = sound(*words, **named)
        refused.extend([found] if found.refusal else [])
        return refused[0] if refused else found

    decide.decide = spreading


def told() -> None:
    """One kind of change is never told."""
    from tracker.changes import detect_changes  # noqa: PLC0415

    sound = detect_changes.detect_changes
    detect_changes.detect_changes = lambda *words, **named: tuple(
        event for event in sound(*words, **named) if "title" not in event.kind
    )


FAULTS = {fault.__name__: fault for fault in (formatter, neighbour, told)}

if __name__ == "__main__":
    FAULTS[sys.argv[1]]()
    fork_server.prepare()
    fork_server.serve()
