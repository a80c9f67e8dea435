"""Sentences that several commands print on stderr."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import typer

from tracker.cli.render.output import note
from tracker.errors import RecordError

__all__ = ["end_without", "nothing_watched", "tell_left_out", "tell_unknown"]


def tell_unknown(trials: Sequence[str]) -> None:
    """Name on stderr the ids, out of several, about which nothing is stored."""
    for trial in trials:
        note(f"Nothing is stored about {trial}. Watch it first: trialwatch watch {trial}")


def tell_left_out(errors: Iterable[RecordError]) -> bool:
    """Name on stderr, each once, the records that could not be read. Return whether there were any."""
    sentences = list(dict.fromkeys(error.message for error in errors))
    for sentence in sentences:
        note(f"Left out: {sentence}")
    return bool(sentences)


def end_without(errors: Iterable[RecordError]) -> None:
    """End the command with code 3 if some of several records could not be read."""
    if tell_left_out(errors):
        raise typer.Exit(3)


def nothing_watched(tag: str | None) -> str:
    """Return the sentence for the case that there is no trial."""
    if tag is not None:
        return f"No watched trial has the tag {tag[:40]!r}. See all: trialwatch list"
    return "No trial is watched yet. Try: trialwatch watch NCT05349331"
