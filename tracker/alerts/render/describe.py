"""Describe a rule in one sentence, for the person who wrote it. Pure."""

from __future__ import annotations

from schedules.windows import Digest
from storage.values.severity import Severity
from tracker.alerts.rules.rules import AlertRule
from tracker.changes.wording.words import listed

__all__ = ["rule_words"]

_MOST_NAMED = 8
_SEVERITY: dict[str, str] = {Severity.CRITICAL: "critical ones only", Severity.ADMIN: "bookkeeping included"}
_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def rule_words(rule: AlertRule) -> str:
    """Describe which channels a rule sends to, what it sends, and when."""
    kinds = "every change" if "*" in rule.on else listed(rule.on, most=_MOST_NAMED)
    words = f"tells {listed(rule.send, most=_MOST_NAMED)} of {kinds}{_where(rule)}"
    least = _SEVERITY.get(rule.min_severity, f"{rule.min_severity} or more severe")
    return "; ".join([f"{words}, {least}", *_when(rule)])


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
