"""What a channel and a rule do, in a sentence, for those who wrote them down. Pure."""

from __future__ import annotations

from schedules.windows import Digest
from tracker.alerts.rules.rules import AlertRule
from tracker.alerts.targets.specs import ChannelSpec, EmailSpec, WebhookSpec
from tracker.alerts.targets.webhook_url import target_of
from tracker.changes.wording.words import count_of, listed

__all__ = ["channel_words", "rule_words"]

_MOST_NAMED = 8
_SECURITY = {"plain": "without TLS", "starttls": "with STARTTLS", "implicit": "with TLS"}
_SEVERITY = {"critical": "critical ones only", "admin": "bookkeeping included"}
_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def channel_words(spec: ChannelSpec) -> str:
    """What a channel sends, and where to. Never its secrets, nor the path of an address."""
    if isinstance(spec, WebhookSpec):
        rotating = ", with two signatures while one secret replaces the other" if len(spec.secrets) > 1 else ""
        grouped = ", one for what happened to one trial in one step" if spec.group else ""
        return f"signed webhooks to {target_of(spec.url).place}{grouped}{rotating}"
    if isinstance(spec, EmailSpec):
        login = ", logged in" if spec.user else ""  # with some services the user name is the key
        server = f"{spec.host}:{spec.port} {_SECURITY[spec.security]}{login}"
        return f"mail to {listed(spec.to, most=_MOST_NAMED)} from {spec.sender}, by {server}"
    kinds = listed([url.partition("://")[0].lower() for url in spec.urls], most=_MOST_NAMED)
    return f"notes to {count_of(len(spec.urls), 'service')}: {kinds}"


def rule_words(rule: AlertRule) -> str:
    """Who is told of what by a rule, and when."""
    kinds = "every change" if "*" in rule.on else listed(rule.on, most=_MOST_NAMED)
    told = f"tells {listed(rule.send, most=_MOST_NAMED)} of {kinds}{_where(rule)}"
    least = _SEVERITY.get(rule.min_severity, f"{rule.min_severity} or more severe")
    return "; ".join([f"{told}, {least}", *_when(rule)])


def _where(rule: AlertRule) -> str:
    if not rule.trials and not rule.tags:
        return "" if all(pattern.startswith("ops.") for pattern in rule.on) else " in every watched trial"
    names = [*sorted(rule.trials), *(f"trials tagged {tag}" for tag in sorted(rule.tags))]
    return f" in {listed(names, most=_MOST_NAMED)}"


def _when(rule: AlertRule) -> list[str]:
    found = []
    if rule.digest is None:
        found.append("at once")
    else:
        found.append(f"in one message {_rhythm(rule.digest)}, what is critical at once")
    if rule.quiet is not None:
        passing = ", unless critical" if rule.quiet_critical else ""
        found.append(f"nothing from {rule.quiet.start:%H:%M} to {rule.quiet.end:%H:%M}{passing}")
    if rule.digest is not None or rule.quiet is not None:
        found.append(f"{rule.timezone} time")
    return found


def _rhythm(digest: Digest) -> str:
    day = "every day" if digest.weekday is None else f"every {_DAY_NAMES[digest.weekday]}"
    return f"{day} at {digest.at:%H:%M}"
