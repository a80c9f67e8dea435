"""From claimed messages to messages to send. The changes are loaded for all at once, each is rendered when it
is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from storage.engine.redaction import redacted
from storage.outbox import queries
from storage.outbox.queue import Claimed
from storage.values.severity import rank
from storage.versions import history, trials
from tracker.alerts.channels.channel import Channel
from tracker.alerts.message import STEP, Alert, PostedResults, ReportedChange
from tracker.backfill.files.item_names import Named, naming
from tracker.delivery.posted_results import POSTED, posted_results
from tracker.recording.row_mapping import change_object
from tracker.registries.ids import links_of

__all__ = ["Written", "read_out"]

_MOST_REPORTED = 500
"""Most changes loaded for one message. The message gives the rest as a number."""


@dataclass(frozen=True, slots=True)
class Written:
    """A claimed message, and its content."""

    claimed: Claimed
    #: The alert to render. None if the message was sent before, or cannot be rendered.
    alert: Alert | None = None
    #: The bytes sent before, or those just rendered.
    body: bytes | None = None
    #: Why the message could not be read or rendered. Then it has no alert and no body.
    reason: str = ""

    def rendered(self, channel: Channel, now: datetime) -> Written:
        """Return the same message with its bytes, as first sent at `now`. Return self if they were sent before."""
        if self.alert is None:
            return self
        try:
            return replace(self, body=channel.render(replace(self.alert, sent_at=now)))
        except Exception as error:  # noqa: BLE001  (one message that cannot be written must not stop the others)
            why = f"It could not be written, by a fault of Trialwatch itself ({redacted(str(error))}). Please report it"
            return Written(self.claimed, reason=why)


def read_out(session: Session, claimed: Sequence[Claimed], *, to_people: bool) -> list[Written]:
    """Return each message with its changes. Nothing is rendered yet, because a mail shows the day of its first sending.

    `to_people`: also load the names of the trials and of the things in them.
    """
    alerts = _alerts(session, [it for it in claimed if it.body is None], to_people=to_people)
    return [Written(it, alerts.get(it.key), it.body) for it in claimed]


def _alerts(session: Session, claimed: Sequence[Claimed], *, to_people: bool) -> dict[str, Alert]:
    if not claimed:
        return {}
    contents = queries.contents_of(session, [it.key for it in claimed], _MOST_REPORTED)
    named = {event.trial for it in contents.values() for event, _ in it.changes if event.trial}
    titles, store = trials.titles(session, named), history.store(session).store_id
    return {
        it.key: _alert(
            it,
            contents[it.key],
            titles,
            store,
            _named(session, contents[it.key]) if to_people else {},
            _posted(session, it, contents[it.key]),
        )
        for it in claimed
    }


def _named(session: Session, contents: queries.MessageContents) -> dict[int, Named]:
    """Return the names for one message. If there are many, only those of its most severe changes."""
    return naming(session, sorted(contents.changes, key=lambda it: (rank(it[0].severity), it[0].seq)))


def _posted(session: Session, claimed: Claimed, contents: queries.MessageContents) -> dict[int, PostedResults]:
    """Return what was posted, by the seq of the change. A digest only says that it was."""
    if claimed.kind not in (POSTED, STEP):
        return {}
    found = ((event.seq, posted_results(session, event)) for event, _ in contents.changes)
    return {seq: posted for seq, posted in found if posted is not None}


def _alert(
    claimed: Claimed,
    contents: queries.MessageContents,
    titles: dict[str, str],
    store: str,
    named: Mapping[int, Named],
    posted: Mapping[int, PostedResults],
) -> Alert:
    return Alert(
        key=claimed.key,
        kind=claimed.kind,
        channel=claimed.channel,
        rules=claimed.rules,
        changes=tuple(
            ReportedChange(
                change_object(event, fields),
                titles.get(event.trial, ""),
                *links_of(event.trial)[:2],
                *named.get(event.seq, Named()),
                posted=posted.get(event.seq),
            )
            for event, fields in contents.changes
        ),
        total=contents.total,
        store=store,
        made_at=claimed.created_at,
    )
