"""From events to messages: what is made, what takes more, what asks to be looked up first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from schedules.windows import parse_digest, parse_quiet
from tracker.alerts.message import DIGEST, STEP, digest_key, message_key, step_key
from tracker.alerts.rules.forecast import SeenChange, forecast
from tracker.alerts.rules.planning import OpenMessage, Planned
from tracker.alerts.rules.routing import Absence, Happened, Plan, RuleBook, View, close, plan
from tracker.alerts.rules.rules import AlertRule, RuleEvent
from tracker.alerts.rules.storms import ALIKE

NOW = datetime(2026, 8, 14, 14, tzinfo=UTC)
TONIGHT, TOMORROW = NOW.replace(hour=16), NOW.replace(hour=16) + timedelta(days=1)
TRIAL = "NCT00000001"
DAILY = AlertRule("daily", ("*",), ("me",), digest=parse_digest("daily@16:00"))
AT_ONCE = AlertRule("all", ("*",), ("me",))


def event(seq: int, trial: str = TRIAL, severity: str = "major", step: tuple[str, ...] = ()) -> RuleEvent:
    return RuleEvent(f"evt_{seq}", seq, trial, "title.changed", severity, False, frozenset(), step=step)


def book(*rules: AlertRule) -> RuleBook:
    return RuleBook(rules, "", frozenset({"me"}))


def happened(*events: RuleEvent, likeness: str = "") -> list[Happened]:
    return [Happened(it, NOW, likeness) for it in events]


def asked(book: RuleBook, told: list[Happened], view: View) -> Plan:
    found = plan(book, told, view)
    assert not found.unknown
    return found


def test_what_was_not_looked_up_is_asked_for() -> None:
    step = (TRIAL, "a", "b")
    keys = {digest_key("me", "daily", TONIGHT), step_key("me", step)}
    critical = AlertRule("worst", ("*",), ("me",), min_severity="critical")
    told = happened(event(1), event(2, severity="critical", step=step))
    assert plan(book(DAILY, critical), told, {}).unknown == keys
    assert not plan(book(DAILY, critical), told, dict.fromkeys(keys, Absence.NONE)).unknown


def test_events_of_one_window_are_one_digest_and_join_one_that_is_there() -> None:
    key = digest_key("me", "daily", TONIGHT)
    told = happened(event(1, severity="minor"), event(2))
    [new] = asked(book(DAILY), told, {key: Absence.NONE}).messages
    assert (new.key, new.kind, new.severity, new.seqs, new.at, new.joins) == (
        key,
        DIGEST,
        "major",
        (1, 2),
        TONIGHT,
        None,
    )
    known = OpenMessage("critical", ("other",), TONIGHT - timedelta(hours=1))
    [more] = asked(book(DAILY), told, {key: known}).messages
    assert (more.joins, more.severity, more.rules, more.at) == (known, "critical", ("other", "daily"), known.at)


def test_a_digest_that_has_left_is_followed_by_the_next() -> None:
    first, second = (digest_key("me", "daily", at) for at in (TONIGHT, TOMORROW))
    assert plan(book(DAILY), happened(event(1)), {first: Absence.CLOSED}).unknown == {second}
    [found] = asked(book(DAILY), happened(event(1)), {first: Absence.CLOSED, second: Absence.NONE}).messages
    assert (found.key, found.at) == (second, TOMORROW)


def test_a_step_is_one_message_and_what_comes_late_goes_by_itself() -> None:
    step = (TRIAL, "a", "b")
    key, told = step_key("me", step), happened(event(1, step=step), event(2, step=step))
    [new] = asked(book(AT_ONCE), told, {key: Absence.NONE}).messages
    assert (new.key, new.kind, new.seqs) == (key, STEP, (1, 2))
    [more] = asked(book(AT_ONCE), told[:1], {key: OpenMessage("minor", ("all",), NOW)}).messages
    assert (more.key, more.kind, more.severity, more.seqs) == (key, STEP, "major", (1,))
    late = asked(book(AT_ONCE), told, {key: Absence.CLOSED}).messages
    assert [(it.key, it.kind, it.seqs) for it in late] == [
        (message_key("evt_1", "me"), "title.changed", (1,)),
        (message_key("evt_2", "me"), "title.changed", (2,)),
    ]


def test_what_quiet_hours_hold_goes_with_what_may_go() -> None:
    step = (TRIAL, "a", "b")
    quiet = replace(AT_ONCE, quiet=parse_quiet("13:00-20:00"), quiet_critical=True)
    told = happened(event(1, step=step), event(2, severity="critical", step=step))
    [both] = asked(book(quiet), told, {step_key("me", step): Absence.NONE}).messages
    assert both.at == NOW
    [alone] = asked(book(quiet), told[:1], {step_key("me", step): Absence.NONE}).messages
    assert alone.at == NOW.replace(hour=20)


def held(*events: RuleEvent) -> list[Planned]:
    told = happened(*events, likeness="the same")
    keys = [step_key("me", it.step) if it.step else message_key(it.id, "me") for it in events]
    return list(asked(book(AT_ONCE), told, dict.fromkeys(keys, Absence.NONE)).messages)


def test_a_storm_takes_what_is_alike_and_leaves_the_rest() -> None:
    trials = [f"NCT{number:08d}" for number in range(ALIKE)]
    messages = held(*(event(number, trial) for number, trial in enumerate(trials)))
    other = Happened(event(99, trials[0]), NOW, "another").message_event
    messages[0] = messages[0].with_more(("all",), NOW, [other])
    closing = close(messages)
    [group] = closing.groups
    assert group.seqs == tuple(range(ALIKE)) and group.members == tuple(it.key for it in messages[1:])
    [left] = closing.left
    assert (left.key, left.seqs) == (messages[0].key, (99,))
    assert close(messages[1:]) == replace(closing, groups=(), left=tuple(messages[1:]))


def test_what_is_foreseen_for_a_later_batch_knows_what_went_before() -> None:
    """A message that was due is gone by then; a digest takes more until its window ends."""
    step = (TRIAL, "a", "b")
    later = NOW + timedelta(hours=1)
    seen = [
        SeenChange(Happened(event(1, step=step), NOW), "run 1"),
        SeenChange(Happened(event(2, step=step), later), "run 2"),
    ]
    found = forecast(book(AT_ONCE), seen)
    assert [(it.key, it.seqs, it.at) for it in found] == [
        (step_key("me", step), (1,), NOW),
        (message_key("evt_2", "me"), (2,), later),
    ]
    [digest] = forecast(book(DAILY), seen)
    assert (digest.seqs, digest.at) == ((1, 2), TONIGHT)
