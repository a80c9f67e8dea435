"""Every shape of the outside contract, by the command that prints it; and the JSON Schema of them all."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from tracker.api import alerts, changes, poll, reported, results, similar, store, trials
from tracker.api.base import Shape

__all__ = ["SHAPES", "json_schema", "shape_errors"]

SHAPES: Final[dict[str, tuple[type[Shape], ...]]] = {
    "list": (trials.Trials, similar.Cohorts),
    "watch": (trials.Trials, similar.QueryPreview),
    "unwatch": (trials.Trials, similar.Cohorts),
    "poll": (poll.Poll,),
    "changes": (changes.Changes,),
    "history": (trials.History, trials.FieldHistory),
    "diff": (trials.Diff,),
    "show": (trials.Shown, reported.ReportedResults),
    "compare": (trials.Compared,),
    "results": (results.Results, results.Scorecard, reported.ReportedResults),
    "similar": (similar.Similar, similar.Rejected),
    "status": (poll.Health,),
    "doctor": (poll.Checks,),
    "alerts check": (alerts.AlertCheck,),
    "alerts outbox": (alerts.Outbox,),
    "alerts retry": (alerts.Outbox,),
    "alerts preview": (alerts.Preview, alerts.Fates),
    "alerts test": (alerts.Tested,),
    "alerts mute": (alerts.Muted,),
    "alerts purge": (alerts.Purged,),
    "import": (store.Imported,),
    "verify": (store.Verified,),
    "backup": (store.BackedUp,),
    "restore": (store.Restored,),
    "evidence": (store.EvidenceFile,),
}
"""Command -> the shapes it may print: the first is the usual one, the others come with the options their names say."""


def shape_errors(command: str, document: Any) -> list[str]:
    """Why `document` has none of the shapes of `command`; empty when it has one. A failure may always be printed."""
    wrong = []
    accepted: tuple[type[Shape], ...] = (*SHAPES.get(command, ()), store.Error)
    for shape in accepted:
        try:
            msgspec.convert(document, shape)
        except msgspec.ValidationError as error:
            wrong.append(f"{shape.__name__}: {error}")
        else:
            return []
    return wrong


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of every shape: `$defs` by name, and `commands` with the shapes each may print."""
    every = list(dict.fromkeys(shape for shapes in SHAPES.values() for shape in shapes))
    _, definitions = msgspec.json.schema_components([*every, store.Error], ref_template="#/$defs/{name}")
    commands = {command: [{"$ref": f"#/$defs/{it.__name__}"} for it in found] for command, found in SHAPES.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What trialwatch prints with -o json",
        "commands": commands,
        "$defs": definitions,
    }
