"""Alerts as JSON for webhooks: the changes as `changes` prints them, with the trial's title and addresses. Pure.

At most 20,000 bytes. A body that is too long first loses fields, then the ends of long values, then changes of a
digest, and says so. The ids and the address of the full text always stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Any

import orjson

from storage.values.severity import rank
from tracker.alerts.message import DIGEST, GROUP, STEP, TEST, Alert, ReportedChange
from tracker.api.changes import ChangeObject

__all__ = ["MOST_BYTES", "webhook_body"]

MOST_BYTES = 20_000
"""The size that Standard Webhooks tells receivers to accept."""
_SHORT = 300
_MOST_RULES = 100


def webhook_body(alert: Alert) -> bytes:
    """Return the body of a webhook. Raise ValueError for an alert without changes, unless it is a test."""
    if not alert.changes and alert.kind != TEST:
        raise ValueError(f"{alert.key} tells nothing")
    for changes, shown in _ever_shorter(alert):
        body = _body(alert, changes, shown)
        if len(body) <= MOST_BYTES:
            return body
    raise ValueError(f"{alert.key} cannot be made short enough")


def _body(alert: Alert, changes: Sequence[ChangeObject], shown: int) -> bytes:
    data: dict[str, Any] = {"rules": list(alert.rules[:_MOST_RULES]), "store": alert.store}
    if alert.kind in (DIGEST, GROUP, STEP):
        data |= {"total": alert.total, "changes": list(changes)}
        if alert.kind == STEP:
            data |= {name: changes[0][name] for name in ("trial", "title", "url", "history_url")}
        if shown < alert.total:
            data["truncated"] = True
    elif changes:
        data = {**changes[0], **data}
    if alert.sample:
        data["sample"] = True
    made = alert.made_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return orjson.dumps({"type": alert.kind, "timestamp": made, "data": data})


def _ever_shorter(alert: Alert) -> Iterator[tuple[list[ChangeObject], int]]:
    """Yield the full changes, then versions with fewer fields and shorter values, then fewer changes (the most severe
    stay).
    """
    whole = [_whole(it) for it in alert.changes]
    yield whole, len(whole)
    # Posted results can be large. The registry has them, and so has: trialwatch results ID --reported -o json
    if any("reported" in change for change in whole):
        whole = [_without_reported(change) for change in whole]
        yield whole, len(whole)
    for fields in (50, 10, 3, 0):
        yield [_cut(change, fields) for change in whole], len(whole)
    kept = sorted(whole, key=lambda change: rank(change["severity"]))
    while len(kept) > 1:
        kept = kept[: len(kept) * 3 // 4]
        yield [_cut(change, 0) for change in sorted(kept, key=lambda change: int(change["seq"]))], len(kept)


def _whole(change: ReportedChange) -> ChangeObject:
    whole = {**change.change, "title": change.title, "url": change.url, "history_url": change.history_url}
    return whole | ({"reported": change.posted.data} if change.posted is not None else {})


def _without_reported(change: ChangeObject) -> ChangeObject:
    """Return a change without the posted results, and say so."""
    if "reported" not in change:
        return change
    return {**{name: value for name, value in change.items() if name != "reported"}, "truncated": True}


def _cut(change: ChangeObject, fields: int) -> ChangeObject:
    """Return a change with at most `fields` fields, and all texts short."""
    some = [{name: _brief(value) for name, value in field.items()} for field in change["fields"][:fields]]
    short = {name: _brief(value) for name, value in change.items()}
    shorter = {**short, "fields": some}
    return change if shorter == change else {**shorter, "fields_total": len(change["fields"]), "truncated": True}


def _brief(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _SHORT else value[:_SHORT] + "…"
    if isinstance(value, (dict, list)):
        text = orjson.dumps(value).decode()
        return value if len(text) <= _SHORT else text[:_SHORT] + "…"
    return value
