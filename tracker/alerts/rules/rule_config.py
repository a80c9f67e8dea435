"""Read one `[[rule]]` of the configuration, or report what is wrong with it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schedules.windows import parse_digest, parse_quiet
from storage.values.severity import RANKS
from tracker.alerts.rules.rules import AlertRule
from tracker.changes.kinds import odd_kind
from tracker.config.alert_tables import RuleSettings
from tracker.errors import InvalidTrialId
from tracker.registries.ids import parse_id, words_of

__all__ = ["rule_of"]

Wrong = list[tuple[str, str]]
T = TypeVar("T")
_TAG = "tag:"


def rule_of(raw: RuleSettings, channels: Sequence[str]) -> tuple[AlertRule, Wrong]:
    """Return the valid part of the rule, and (key, reason) of each mistake."""
    wrong: Wrong = []
    if not raw.name.strip():
        wrong.append(("name", "is missing"))
    if not raw.on:
        wrong.append(("on", 'is missing: kinds to be told of, such as ["results.*"]'))
    wrong += [("on", reason) for pattern in raw.on if (reason := odd_kind(pattern))]
    if not raw.send:
        wrong.append(("send", "is missing: the channels to tell"))
    wrong += [("send", f"names no channel: {name[:40]!r}") for name in raw.send if name not in channels]
    if raw.min_severity not in RANKS:
        wrong.append(("min_severity", f"must be one of {', '.join(RANKS)}, not {raw.min_severity[:20]!r}"))
    if not _is_zone(raw.timezone):
        wrong.append(("timezone", f"must be a time zone such as Europe/Berlin, not {raw.timezone[:40]!r}"))
    trials, tags = _trials(raw.trials, wrong)
    rule = AlertRule(
        name=raw.name,
        on=raw.on,
        send=tuple(dict.fromkeys(raw.send)),
        trials=trials,
        tags=tags,
        min_severity=raw.min_severity,
        digest=_parsed("digest", raw.digest, parse_digest, wrong),
        quiet=_parsed("quiet", raw.quiet, parse_quiet, wrong),
        quiet_critical=raw.quiet_critical,
        timezone=raw.timezone,
    )
    return rule, wrong


def _trials(words: Sequence[str], wrong: Wrong) -> tuple[frozenset[str], frozenset[str]]:
    trials: set[str] = set()
    tags: set[str] = set()
    for word in words:
        if word.startswith(_TAG):
            tags.add(word[len(_TAG) :].strip())
            continue
        try:
            trials.update(parse_id(each) for each in words_of(word) or [word])
        except InvalidTrialId as error:
            wrong.append(("trials", f"must be ids or tag:..., not {word[:40]!r}: {error.message}"))
    return frozenset(trials), frozenset(tags)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _parsed(key: str, text: str, parse: Callable[[str], T], wrong: Wrong) -> T | None:
    if not text:
        return None
    try:
        return parse(text)
    except ValueError as error:
        wrong.append((key, str(error)))
        return None
