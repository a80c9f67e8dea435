"""Alerts: the rules and channels, what was sent, what waits, and what was given up and why. Never a secret."""

from __future__ import annotations

from sqlmodel import Session
from starlette.requests import Request

from storage.versions.history import ChangeFilter
from tracker.api.alerts import CheckedConfig, Message, PreviewedMessage
from tracker.api.pages import AlertsPage
from tracker.changes.wording.words import count_of
from tracker.services.alerts.check import check, with_states
from tracker.services.alerts.mute import muted_now
from tracker.services.alerts.outbox import STATES, OutboxRequest, find_messages
from tracker.services.alerts.preview import preview
from tracker.services.moments import since_of
from tracker.web.questions import one_of
from tracker.web.shown_page import Page
from tracker.web.site import Site

__all__ = ["page"]

_MESSAGES = 100


def page(site: Site, request: Request) -> Page:
    """Return rules, channels and the latest messages. Raise UsageError for a wrong `state` or `channel`."""
    state = one_of(request.query_params, "state", STATES)
    channel = request.query_params.get("channel", "").strip() or None
    checked = check(site.settings, site.clock)
    with site.database.read() as session:
        checked = checked if checked.mistakes else with_states(checked, session, site.settings)
        wanted = OutboxRequest(state=state or None, channel=channel, limit=_MESSAGES)
        found = find_messages(session, site.alerts, wanted)
        muted = muted_now(session)
        foreseen = _preview(site, session, request.query_params.get("preview", "").strip())
    messages = list(reversed(found.rows))
    values = {
        "check": checked,
        "messages": messages,
        "finding": _finding(checked, messages),
        "state": state,
        "channel": channel or "",
        "states": STATES,
        "most": _MESSAGES,
        "muted": muted,
        "addresses": {it.name: list(it.addresses) for it in site.alerts.channels},
        "preview": foreseen,
    }
    twin = AlertsPage(check=checked, messages=messages, preview=foreseen)
    return Page("alerts.html", "Alerts", "Alerts", values, twin)


def _preview(site: Site, session: Session, since: str) -> list[PreviewedMessage] | None:
    """Return what today's rules make of the changes since then, the latest first. None without a time."""
    if not since:
        return None
    begin = since_of(since, site.now, "preview")
    found = preview(session, site.alerts, ChangeFilter(since_day=begin.day, since_instant=begin.instant))
    return found[::-1][:_MESSAGES]


def _finding(checked: CheckedConfig, messages: list[Message]) -> str:
    if checked.mistakes:
        return f"The config file has {count_of(len(checked.mistakes), 'mistake')}, so nothing is sent."
    if not checked.channels:
        return "No channel is set, so no one is told of anything."
    broken = [it.channel for it in checked.channels if it.state != "ready"]
    if broken:
        return f"{', '.join(broken)}: nothing is sent there."
    dead = sum(it.state == "dead" for it in messages)
    return f"{count_of(dead, 'message')} could not be delivered." if dead else "Every channel works."
