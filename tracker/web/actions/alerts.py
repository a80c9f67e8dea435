"""Mute a channel or one of its addresses, lift that, send a message again: as `alerts mute` and `alerts retry` do."""

from __future__ import annotations

from functools import partial

from tracker.app import open_delivery
from tracker.services.alerts.mute import MuteRequest, mute
from tracker.services.alerts.retry import Given, RetryRequest, retry
from tracker.web.actions.action import Action, Deed, Done, Later
from tracker.web.actions.numbers import number_of

__all__ = ["MUTE", "RETRY", "UNMUTE"]

_PATIENCE = 6.0
_BECAME = {
    "sent": "It is delivered.",
    "dead": "It was given up again.",
    "pending": "It waits to be sent.",
    "held": "It is held.",
}


def _mute(deed: Deed, *, lift: bool) -> Done:
    channel, address = deed.form["channel"], deed.form["address"].strip()
    with deed.open() as opened, opened.context.database.write() as session:
        found = mute(session, opened.settings, MuteRequest(channel, address or None, lift), deed.now)
    who = address or f"The channel {channel}"
    facts = {"channel": channel, "one_address": bool(address)}
    if lift:
        return Done(found.sentence, facts)
    if not found.changed:
        return Done(f"{who} was muted already. Nothing more is sent there.", {**facts, "changed": False})
    return Done(f"{who} is sent nothing more, until you lift that.", facts)


def _retry(deed: Deed) -> Later:
    key = deed.form["message"]
    request = RetryRequest(keys=(key,), given=Given(number_of(deed.form, "attempts"), deed.form["settled"]))
    return Later(
        key=f"retry {key}",
        title=f"Send {key} again",
        begun="The message is being sent now. What came of it will stand on this page.",
        work=partial(_send, deed, key, request),
        patience=_PATIENCE,
    )


def _send(deed: Deed, key: str, request: RetryRequest) -> Done:
    with deed.open() as opened:
        delivery = open_delivery(opened.context, opened.settings, deed.site.stopping.is_set)
        found = retry(opened.context, delivery, request)
    facts = {"message": key, "by_daemon": found.delivered is None}
    if found.delivered is None:
        return Done("The daemon sends the message again now.", facts)
    return Done(f"The message was sent again. {_BECAME.get(found.rows[0].state, '')}".strip(), facts)


MUTE = Action("mute", partial(_mute, lift=False), required=("channel",), optional=("address",))
UNMUTE = Action("unmute", partial(_mute, lift=True), required=("channel",), optional=("address",))
RETRY = Action("retry", _retry, required=("message", "attempts", "settled"))
