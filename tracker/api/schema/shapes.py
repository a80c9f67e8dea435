"""Every shape of the outside contract, by the command that prints it; and the JSON Schema of them all."""

from __future__ import annotations

from collections.abc import Iterable
from inspect import cleandoc
from typing import Any, Final

import msgspec

from tracker.api import alerts, changes, config, notes, poll, reported, results, similar, store, trials
from tracker.api.base import Shape
from tracker.records.json_objects import JsonObject

__all__ = ["SHAPES", "definitions", "json_schema", "shape_errors"]

SHAPES: Final[dict[str, tuple[type[Shape], ...]]] = {
    "init": (config.Started,),
    "list": (trials.Trials, similar.Cohorts),
    "watch": (trials.Trials, similar.QueryPreview),
    "unwatch": (trials.Trials, similar.Cohorts),
    "tag": (notes.Tagged,),
    "untag": (notes.Tagged,),
    "note": (notes.Notes,),
    "backfill": (store.Backfilled,),
    "poll": (poll.Poll,),
    "changes": (changes.Changes,),
    "history": (trials.History, trials.FieldHistory),
    "diff": (trials.Diff,),
    "show": (trials.Shown, reported.ReportedResults),
    "cite": (trials.Cited,),
    "compare": (trials.Compared,),
    "results": (results.Results, results.Scorecard, results.Owing, reported.ReportedResults),
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
    "alerts add": (config.Added,),
    "config show": (config.Settings,),
    "config check": (config.Checked,),
    "config set": (config.Changed,),
    "tokens add": (config.TokenAdded,),
    "tokens list": (config.Tokens,),
    "tokens revoke": (config.TokenRevoked,),
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


def json_schema() -> JsonObject:
    """The JSON Schema (2020-12) of every shape: `$defs` by name, and `commands` with the shapes each may print."""
    every = list(dict.fromkeys(shape for shapes in SHAPES.values() for shape in shapes))
    commands = {command: [{"$ref": f"#/$defs/{it.__name__}"} for it in found] for command, found in SHAPES.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What trialwatch prints with -o json",
        "commands": commands,
        "$defs": definitions([*every, store.Error], "#/$defs/{name}"),
    }


def definitions(shapes: Iterable[type], reference: str) -> JsonObject:
    """Return the JSON Schema of these shapes and of all they hold, by name. `reference`: how one names another."""
    _, found = msgspec.json.schema_components(list(shapes), ref_template=reference)
    for definition in found.values():
        # Some releases of msgspec leave the indentation of the docstring in the description.
        definition["description"] = cleandoc(definition["description"])
    return found
