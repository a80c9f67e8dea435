"""The table of trials similar to one."""

from __future__ import annotations

from typing import Any

import msgspec

from tracker.changes.wording.words import listed, phase_words, status_words
from tracker.cli.render.column import Column
from tracker.cli.render.output import Answer
from tracker.services.similar.similar_shape import similar_out
from tracker.similar.found import SimilarTrials

__all__ = ["answer_of_similar", "print_similar"]

_LABELS = {
    "condition": "condition",
    "mesh": "subject heading",
    "intervention": "intervention",
    "term": "words",
    "phase": "",
    "study_type": "",
    "sponsor": "sponsor",
    "country": "in",
}


def answer_of_similar(found: SimilarTrials, why: bool) -> Answer:
    document = msgspec.to_builtins(similar_out(found))
    reading = (
        Column("trial", "Trial"),
        Column("score", "Alike", lambda row: f"{row['score']:.2f}", right=True),
        Column("title", "Title", room=2, line=not why),
        Column("phases", "Phase", _phases, spare=1),
        Column("status", "Status", _status, spare=2),
        Column("sponsor", "Sponsor", lambda row: row["sponsor"] or "-", room=1, line=not why, spare=3),
        Column("countries", "Countries", _countries, room=1, line=not why, spare=4),
    )
    because = (reading[0], reading[1], reading[2], Column("reasons", "In common", _because, room=3))
    fields = ("trial", "title", "score", "status", "phases", "sponsor", "countries", "has_results", "reasons")
    return Answer(document, "similar", fields, because if why else reading, "No trial like it was found.")


def print_similar(found: SimilarTrials) -> None:
    """Print the table with reasons."""
    from tracker.cli.render.table import print_table  # noqa: PLC0415  (rich is of no use in a pipe)

    answer = answer_of_similar(found, why=True)
    print_table(answer.columns, answer.rows)


def _phases(row: Any) -> str:
    return phase_words(row["phases"]) if row["phases"] else "-"


def _status(row: Any) -> str:
    return status_words(row["status"])


def _countries(row: Any) -> str:
    return listed(row["countries"]) or "-"


def _because(row: Any) -> str:
    """Return the reasons, one kind after the other: ``condition Hepatocellular Carcinoma; Phase 2; in China``."""
    by_kind: dict[str, list[str]] = {}
    for reason in row["reasons"]:
        by_kind.setdefault(reason["kind"].partition(".")[0], []).append(_said(reason))
    return "; ".join(f"{_LABELS.get(kind, kind)} {listed(names)}".strip() for kind, names in by_kind.items()) or "-"


def _said(reason: Any) -> str:
    if reason["kind"] == "phase":
        return phase_words(reason["value"].split("/"))
    if reason["kind"] == "study_type" or reason["kind"].startswith("design."):
        return str(reason["value"]).replace("_", " ").lower()
    if reason["kind"] == "term":
        return f"“{reason['value']}” {reason['share']:.0%}"
    return str(reason["value"])
