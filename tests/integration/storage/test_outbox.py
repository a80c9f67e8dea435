"""Messages are put in once, claimed one at a time in order, and every attempt leaves its trace."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from storage.engine.database import Database
from storage.outbox import queries, queue
from storage.outbox.queue import AttemptOutcome, Claimed, NewMessage
from storage.reads.health.messages import counts
from storage.reads.in_session import SessionReader
from storage.values.write_models import NewStep
from storage.versions import snapshots
from tests.support.store import store_factories
from tests.support.store.outbox_factories import join

NOW = store_factories.NOW
LEASE = timedelta(minutes=3)
SENT = AttemptOutcome("sent", 204)


def told(session: Session, trial: str = store_factories.TRIAL, **changes: object) -> int:
    """An event to tell of; returns its seq."""
    row = store_factories.event(trial, **changes)
    return snapshots.commit(session, [NewStep(None, (row,), None)])[0].seqs[0]


def message(
    session: Session, key: str, channel: str = "team", trial: str = store_factories.TRIAL, **changes: object
) -> None:
    """Put one message in, due at once."""
    values: dict[str, object] = {
        "kind": "status.changed",
        "severity": "major",
        "rules": ("all",),
        "seqs": (told(session, trial, subject=key),),
        "created_at": NOW,
        "due_at": NOW,
    }
    queue.queue(session, [NewMessage(key=key, channel=channel, trial=trial, **(values | changes))])  # type: ignore[arg-type]


def taken(database: Database, most: int, now: datetime = NOW, channel: str = "team") -> list[Claimed]:
    """Claimed, and not begun."""
    with database.write() as session:
        return queue.claim(session, channel, now, LEASE, most)


def begin(database: Database, claimed: Claimed, now: datetime = NOW, body: bytes = b"so") -> Claimed | None:
    with database.write() as session:
        return queue.begin(session, claimed, body, now, "me", LEASE)


def claim(database: Database, now: datetime = NOW, channel: str = "team", by: str = "me") -> Claimed | None:
    """The next message, its attempt begun."""
    with database.write() as session:
        for claimed in queue.claim(session, channel, now, LEASE):
            return queue.begin(session, claimed, b"so", now, by, LEASE)
    return None


def settle(database: Database, claimed: Claimed | None, outcome: AttemptOutcome, now: datetime = NOW) -> None:
    assert claimed is not None
    with database.write() as session:
        queue.settle(session, claimed, outcome, now)


def state(database: Database, key: str) -> str:
    with database.read() as session:
        found = queries.find(session, key)
        assert found is not None
        return found.state


def keys(*claims: Claimed | None) -> list[str | None]:
    return [it.key if it else None for it in claims]


def test_a_message_put_in_twice_is_one_and_stays_as_it_was(database: Database) -> None:
    with database.write() as session:
        message(session, "msg_a")
    settle(database, claim(database), SENT)
    with database.write() as session:
        message(session, "msg_a", due_at=NOW)
    assert state(database, "msg_a") == "sent"
    assert claim(database) is None


def test_a_claimed_message_is_nobody_elses_until_its_lease_is_over(database: Database) -> None:
    with database.write() as session:
        message(session, "msg_a")
    first = claim(database)
    assert first is not None and first.attempts == 1
    assert claim(database, NOW + LEASE - timedelta(seconds=1), by="you") is None
    second = claim(database, NOW + LEASE, by="you")
    assert second is not None and (second.key, second.attempts) == ("msg_a", 2)


def test_an_attempt_is_written_before_it_is_made_and_one_cut_off_stays_as_running(database: Database) -> None:
    with database.write() as session:
        message(session, "msg_a")
    claim(database)
    settle(database, claim(database, NOW + LEASE, by="you"), AttemptOutcome("dead", 404, "not there"), NOW + LEASE)
    with database.read() as session:
        found = [(it.by, it.outcome, it.status, it.detail) for it in queries.attempts(session, "msg_a")]
    assert found == [("me", "running", None, ""), ("you", "dead", 404, "not there")]


def test_several_are_claimed_at_once_and_of_one_trial_the_first_only(database: Database) -> None:
    with database.write() as session:
        for number, trial in enumerate(("NCT00000001", "NCT00000002", "NCT00000001", "NCT00000003", "")):
            message(session, f"msg_{number}", trial=trial)
    assert keys(*taken(database, 3)) == ["msg_0", "msg_1", "msg_3"]
    assert keys(*taken(database, 3)) == ["msg_4"]
    with database.read() as session:
        assert not queries.attempts(session, "msg_0")


def test_what_was_claimed_and_not_begun_can_be_given_back_as_if_nothing_had_been(database: Database) -> None:
    with database.write() as session:
        message(session, "msg_1")
        message(session, "msg_2", trial="NCT00000002")
    first, second = taken(database, 2)
    with database.write() as session:
        queue.give_back(session, [first, second])
    assert begin(database, first) is None
    again = taken(database, 2)
    assert [(it.key, it.attempts, it.body) for it in again] == [("msg_1", 0, None), ("msg_2", 0, None)]
    with database.read() as session:
        assert not queries.attempts(session, "msg_1")


def test_an_attempt_cannot_be_begun_at_what_another_has_claimed_since_or_what_is_settled(database: Database) -> None:
    with database.write() as session:
        message(session, "msg_1")
        message(session, "msg_2", trial="NCT00000002")
    slow = taken(database, 2)
    [first, second] = taken(database, 2, NOW + LEASE)
    settle(database, begin(database, first, NOW + LEASE), SENT, NOW + LEASE)
    assert [begin(database, it, NOW + LEASE) for it in slow] == [None, None]
    with database.read() as session:
        assert [it.outcome for it in queries.attempts(session, "msg_1")] == ["sent"]
        assert not queries.attempts(session, "msg_2")
    assert begin(database, second, NOW + LEASE) is not None


def test_who_gives_back_what_another_holds_by_now_takes_nothing_from_it(database: Database) -> None:
    with database.write() as session:
        message(session, "msg_1")
    slow, quick = taken(database, 1), taken(database, 1, NOW + LEASE)
    with database.write() as session:
        queue.give_back(session, slow)
        queue.postpone(session, slow[0], NOW + 10 * LEASE)
    assert taken(database, 1, NOW + LEASE) == []
    assert begin(database, quick[0], NOW + LEASE) is not None


def test_one_whose_lease_is_over_is_still_ours_while_nobody_takes_it(database: Database) -> None:
    with database.write() as session:
        message(session, "msg_1")
    [claimed] = taken(database, 1)
    assert begin(database, claimed, NOW + 2 * LEASE) is not None


def test_of_one_trial_the_earlier_message_goes_first_and_others_pass(database: Database) -> None:
    with database.write() as session:
        message(session, "msg_1")
        message(session, "msg_2")
        message(session, "msg_other", trial="NCT00000002")
    first, other = claim(database), claim(database)
    assert keys(first, other, claim(database)) == ["msg_1", "msg_other", None]
    settle(database, other, SENT)
    later = NOW + timedelta(hours=2)
    settle(database, first, AttemptOutcome("retry", 500, "no", next_attempt_at=later))
    assert claim(database, NOW + timedelta(minutes=1)) is None  # msg_2 waits for msg_1
    settle(database, claim(database, later), AttemptOutcome("dead", 500, "no"), later)
    assert keys(claim(database, later)) == ["msg_2"]


def test_order_is_kept_for_each_channel_by_itself(database: Database) -> None:
    with database.write() as session:
        message(session, "msg_1", "team")
        message(session, "msg_2", "team")
        message(session, "msg_3", "me")
    claim(database)
    assert keys(claim(database, channel="me"), claim(database)) == ["msg_3", None]


def test_one_held_by_quiet_hours_does_not_hold_what_may_go_now(database: Database) -> None:
    with database.write() as session:
        message(session, "msg_quiet", due_at=NOW + timedelta(hours=8))
        message(session, "msg_critical")
    assert keys(claim(database), claim(database)) == ["msg_critical", None]


def test_a_batch_is_held_back_until_it_is_released(database: Database) -> None:
    with database.write() as session:
        message(session, "msg_a", batch="run:1")
        message(session, "msg_b", trial="NCT00000002", batch="run:2")
        assert not queue.has_due(session, "team", NOW)
    assert claim(database) is None
    with database.write() as session:
        assert queue.open_batches(session) == {"run:1": NOW, "run:2": NOW}
        queue.release(session, "run:1")
        assert queue.has_due(session, "team", NOW)
    assert keys(claim(database), claim(database)) == ["msg_a", None]


def test_what_waits_behind_a_message_that_rests_is_not_due_either(database: Database) -> None:
    """Otherwise the worker would start for nothing once a second, for hours."""
    with database.write() as session:
        message(session, "msg_a")
        message(session, "msg_b")
    later = NOW + timedelta(hours=2)
    settle(database, claim(database), AttemptOutcome("retry", 503, "busy", next_attempt_at=later))
    with database.read() as session:
        assert not queue.has_due(session, "team", NOW)
        assert queue.has_due(session, "team", later)


def test_what_is_told_within_a_group_is_not_sent_by_itself(database: Database) -> None:
    with database.write() as session:
        message(session, "msg_a", batch="run:1")
        message(session, "msg_b", trial="NCT00000002", batch="run:1")
        seqs = tuple(seq for it in queries.of_batch(session, "run:1") for seq in it.seqs)
        group = NewMessage("msg_g", "team", "group", "", "major", ("all",), seqs, NOW, NOW)
        queue.group(session, group, ["msg_a", "msg_b"])
    assert keys(claim(database), claim(database)) == ["msg_g", None]
    with database.read() as session:
        assert queries.contents_of(session, ["msg_g"], 10)["msg_g"].total == 2
        assert [it.key for it in queries.listing(session)] == ["msg_g"]


def test_a_digest_takes_more_until_it_leaves_and_then_no_more(database: Database) -> None:
    def digest(session: Session, subject: str) -> bool:
        seq = (told(session, subject=subject),)
        return join(session, NewMessage("msg_d", "team", "digest", "", "minor", ("d",), seq, NOW, NOW))

    with database.write() as session:
        assert digest(session, "1") and digest(session, "2")
    claimed = claim(database)
    with database.write() as session:
        assert not digest(session, "3")
        assert queries.contents_of(session, ["msg_d"], 10)["msg_d"].total == 2
    settle(database, claimed, SENT)
    with database.write() as session:
        assert not digest(session, "4")


def test_a_digest_that_was_claimed_is_closed_until_it_is_given_back(database: Database) -> None:
    """It may have been written already, and what joined now would be lost."""

    def digest(session: Session, subject: str) -> bool:
        seq = (told(session, subject=subject),)
        return join(session, NewMessage("msg_d", "team", "digest", "", "minor", ("d",), seq, NOW, NOW))

    with database.write() as session:
        assert digest(session, "1")
    claimed = taken(database, 1)
    with database.write() as session:
        assert not digest(session, "2")
        queue.give_back(session, claimed)
        assert digest(session, "3")
        assert queries.contents_of(session, ["msg_d"], 10)["msg_d"].total == 2


def test_a_digest_that_died_and_is_sent_again_takes_nothing_new(database: Database) -> None:
    """Its body is frozen: what joined now would be lost."""
    with database.write() as session:
        message(session, "msg_d")
    settle(database, claim(database), AttemptOutcome("dead", None, "no"))
    with database.write() as session:
        queries.again(session, ["msg_d"], NOW, "a person")
        seq = (told(session, subject="late"),)
        assert not join(session, NewMessage("msg_d", "team", "digest", "", "minor", ("d",), seq, NOW, NOW))
    again = claim(database)
    assert again is not None and (again.body, again.attempts) == (b"so", 1)


def test_a_late_failure_says_nothing_about_a_message_others_have_claimed_since(database: Database) -> None:
    with database.write() as session:
        message(session, "msg_a")
    slow = claim(database)
    claim(database, NOW + LEASE, by="you")
    settle(database, slow, AttemptOutcome("dead", 500, "no"), NOW + LEASE)
    assert state(database, "msg_a") == "pending"


def test_a_late_success_counts_and_a_failure_after_it_does_not_undo_it(database: Database) -> None:
    with database.write() as session:
        message(session, "msg_a")
    slow = claim(database)
    quick = claim(database, NOW + LEASE, by="you")
    settle(database, slow, SENT, NOW + LEASE)
    assert state(database, "msg_a") == "sent"
    settle(database, quick, AttemptOutcome("retry", 500, "no", next_attempt_at=NOW), NOW + LEASE)
    assert state(database, "msg_a") == "sent"


@pytest.mark.fault("D20")
def test_sent_again_keeps_its_key_and_leaves_a_trace_and_no_other_is_touched(database: Database) -> None:
    with database.write() as session:
        for key, trial in (("msg_a", "NCT00000001"), ("msg_b", "NCT00000002"), ("msg_c", "NCT00000003")):
            message(session, key, trial=trial)
    settle(database, claim(database), AttemptOutcome("dead", 500, "no", recipients={"a@b.example": ""}))
    settle(database, claim(database), SENT)
    later = NOW + timedelta(days=1)
    with database.write() as session:
        assert queries.again(session, ["msg_a", "msg_unknown"], later, "a person") == ["msg_a"]
    assert [state(database, key) for key in ("msg_a", "msg_b", "msg_c")] == ["pending", "sent", "pending"]
    with database.read() as session:
        assert [it.outcome for it in queries.attempts(session, "msg_a")] == ["dead", "asked"]
        assert not queries.attempts(session, "msg_c")
        assert queries.find(session, "msg_a").recipients == '{"a@b.example":""}'  # type: ignore[union-attr]


@pytest.mark.fault("D20")
def test_by_range_only_what_died_since_then_on_that_channel(database: Database) -> None:
    with database.write() as session:
        message(session, "msg_old")
        message(session, "msg_new", trial="NCT00000002")
        message(session, "msg_else", "me", trial="NCT00000003")
    settle(database, claim(database), AttemptOutcome("dead"), NOW)
    later = NOW + timedelta(days=2)
    settle(database, claim(database), AttemptOutcome("dead"), later)
    settle(database, claim(database, channel="me"), AttemptOutcome("dead"), later)
    with database.read() as session:
        assert queries.dead_since(session, later, "team") == ["msg_new"]
        assert queries.dead_since(session, NOW) == ["msg_old", "msg_new", "msg_else"]


def test_purging_forgets_dead_letters_with_their_attempts_and_nothing_else(database: Database) -> None:
    with database.write() as session:
        message(session, "msg_a")
        message(session, "msg_b", trial="NCT00000002")
    settle(database, claim(database), AttemptOutcome("dead", 500, "no"))
    with database.write() as session:
        assert queries.purge(session) == 1
        assert queries.find(session, "msg_a") is None
        assert queries.attempts(session, "msg_a") == []
        assert queries.find(session, "msg_b") is not None
        assert counts(SessionReader(session)) == {("team", "pending"): 1}


def test_burying_makes_dead_letters_of_what_is_due_and_of_nothing_else(database: Database) -> None:
    with database.write() as session:
        message(session, "msg_away", trial="NCT00000001")
    assert claim(database) is not None
    with database.write() as session:
        message(session, "msg_due", trial="NCT00000002")
        message(session, "msg_held", trial="NCT00000003", batch="run:1")
        message(session, "msg_later", trial="NCT00000004", due_at=NOW + timedelta(hours=1))
        assert queue.mark_dead(session, "team", "muted", NOW) == 1
        assert queue.mark_dead(session, "team", "muted", NOW + LEASE) == 1
    found = {key: state(database, f"msg_{key}") for key in ("due", "away", "held", "later")}
    assert found == {"due": "dead", "away": "dead", "held": "pending", "later": "pending"}


@pytest.mark.parametrize("number", [1, 250])
def test_a_hundred_trials_go_out_in_the_order_they_came(database: Database, number: int) -> None:
    with database.write() as session:
        for at in range(number):
            message(session, f"msg_{at:03}", trial=f"NCT{at:08}")
    gone = []
    while (claimed := claim(database)) is not None:
        gone.append(claimed.key)
        settle(database, claimed, SENT)
    assert gone == [f"msg_{at:03}" for at in range(number)]


def test_a_message_of_many_events_is_cut_to_the_most_severe_and_says_how_many_there_are(database: Database) -> None:
    with database.write() as session:
        many = tuple(
            told(session, subject=str(at), severity="critical" if at % 10 == 7 else "minor") for at in range(30)
        )
        message(session, "msg_many", seqs=many)
        message(session, "msg_few", seqs=many[:3], trial="NCT00000002")
        found = queries.contents_of(session, ["msg_many", "msg_few"], 5)
    assert [event.severity for event, _ in found["msg_many"].changes] == ["minor", "minor"] + ["critical"] * 3
    assert (found["msg_many"].total, found["msg_few"].total) == (30, 3)
    assert [event.seq for event, _ in found["msg_few"].changes] == list(many[:3])
    assert all(fields for _, fields in found["msg_few"].changes)
