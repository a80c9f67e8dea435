"""Messages that collect more events, made as the event writer makes them."""

from __future__ import annotations

from dataclasses import replace

from sqlmodel import Session

from storage.outbox import queue
from storage.outbox.queue import NewMessage
from tracker.alerts.rules.planning import MessageEvent, OpenMessage, Planned


def join(session: Session, message: NewMessage) -> bool:
    """Add the events of `message` to the message of its key, created if needed. Return False if that one is closed."""
    found = queue.look_up(session, [message.key]).get(message.key)
    if found is None:
        queue.queue(session, [message])
    elif found.is_open:
        said = tuple(MessageEvent(f"evt_{seq}", seq, message.kind, message.severity) for seq in message.seqs)
        more = Planned(message.key, message.channel, message.trial, message.rules, message.due_at, said)
        both = more.joined_to(OpenMessage(found.severity, found.rules, found.due_at))
        queue.extend(session, replace(message, severity=both.severity, rules=both.rules, due_at=both.at))
    return found is None or found.is_open
