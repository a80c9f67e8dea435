"""From claimed messages to what is sent: what they tell of is read for all of them at once, and written for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from storage import history, letters, trials
from storage.outbox import Claimed
from storage.redaction import redacted
from tracker.alerts.channels.base import Channel
from tracker.alerts.message import Alert, Told
from tracker.records.links import links_of
from tracker.rows import change_out

__all__ = ["Written", "write_out"]

_MOST_TOLD = 500
"""Changes read for one message; the rest are a number in it."""


@dataclass(frozen=True, slots=True)
class Written:
    """A message as it will be sent; `body` None and why, when it could not be written."""

    claimed: Claimed
    body: bytes | None
    reason: str = ""


def write_out(session: Session, channel: Channel, claimed: Sequence[Claimed]) -> list[Written]:
    """Each message as it will be sent. One that was sent before is left as it was."""
    alerts = _alerts(session, [it for it in claimed if it.body is None])
    return [_written(channel, it, alerts.get(it.key)) for it in claimed]


def _written(channel: Channel, claimed: Claimed, alert: Alert | None) -> Written:
    if alert is None:
        return Written(claimed, claimed.body)
    try:
        return Written(claimed, channel.render(alert))
    except Exception as error:  # noqa: BLE001  (one message that cannot be written must not stop the others)
        return Written(claimed, None, f"It could not be written: {type(error).__name__}: {redacted(str(error))}")


def _alerts(session: Session, claimed: Sequence[Claimed]) -> dict[str, Alert]:
    if not claimed:
        return {}
    told = letters.told(session, [it.key for it in claimed], _MOST_TOLD)
    named = {event.trial for it in told.values() for event, _ in it.changes if event.trial}
    titles, store = trials.titles(session, named), history.store(session).store_id
    return {it.key: _alert(it, told[it.key], titles, store) for it in claimed}


def _alert(claimed: Claimed, told: letters.Told, titles: dict[str, str], store: str) -> Alert:
    return Alert(
        key=claimed.key,
        kind=claimed.kind,
        channel=claimed.channel,
        rules=claimed.rules,
        told=tuple(
            Told(change_out(event, fields), titles.get(event.trial, ""), *links_of(event.trial))
            for event, fields in told.changes
        ),
        total=told.total,
        store=store,
        made_at=claimed.created_at,
    )
