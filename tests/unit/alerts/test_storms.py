"""b22, b23: the same change in many trials is told once, and a flood of small ones; what is critical stands alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.alerts.message import digest_key, group_key, message_key
from tracker.alerts.rules.storms import ALIKE, FLOOD, WaitingEvent, likeness, storms


def waiting(number: int, channel: str = "team", severity: str = "minor", like: str | None = None) -> WaitingEvent:
    return WaitingEvent(f"msg_{channel}_{number}", channel, severity, f"NCT{number:08}", like or f"alone {number}")


@pytest.mark.fault("B23")
def test_the_same_change_in_ten_trials_is_one_message_with_all_of_them() -> None:
    [storm] = storms(waiting(number, like="Türkiye") for number in range(ALIKE))
    assert (storm.channel, len(storm.members)) == ("team", ALIKE)
    assert storms(waiting(number, like="Türkiye") for number in range(ALIKE - 1)) == []


def test_ten_changes_of_one_trial_are_no_storm() -> None:
    one = [WaitingEvent(f"msg_{number}", "team", "minor", "NCT00000001", "same") for number in range(ALIKE + 5)]
    assert storms(one) == []


@pytest.mark.fault("B22")
def test_a_flood_of_different_small_changes_is_one_message_and_the_critical_ones_stand_alone() -> None:
    many = [waiting(number) for number in range(FLOOD + 1)]
    critical = [waiting(1000 + number, severity="critical") for number in range(3)]
    [storm] = storms(many + critical)
    assert {it.key for it in storm.members} == {it.key for it in many}
    assert storms(many[:FLOOD] + critical) == []


def test_channels_have_their_own_weather() -> None:
    both = [waiting(number, channel, like="x") for number in range(ALIKE) for channel in ("team", "me")]
    assert [(it.channel, len(it.members)) for it in storms(both)] == [("team", ALIKE), ("me", ALIKE)]


def test_likeness_sees_the_field_and_its_values_and_not_which_site_it_was() -> None:
    one = likeness("site.added", [("sites.berlin.country", '"Turkey"', '"Türkiye"')])
    many = likeness("site.added", [(f"sites.{name}.country", '"Turkey"', '"Türkiye"') for name in ("a", "b")])
    assert one == many
    assert one != likeness("site.added", [("sites.berlin.country", '"Turkey"', '"Turkiye"')])
    assert one != likeness("site.added", [("sites.berlin.city", '"Turkey"', '"Türkiye"')])
    assert one != likeness("site.removed", [("sites.berlin.country", '"Turkey"', '"Türkiye"')])


MESSAGES = st.lists(
    st.builds(
        waiting,
        st.integers(0, 400),
        st.sampled_from(["team", "me"]),
        st.sampled_from(["critical", "major", "minor"]),
        st.sampled_from([None, "a", "b"]),
    ),
    unique_by=lambda it: it.key,
    max_size=300,
)


@given(MESSAGES)
def test_each_message_is_in_one_storm_at_most_and_of_its_own_channel(messages: list[WaitingEvent]) -> None:
    found = storms(messages)
    members = [it.key for storm in found for it in storm.members]
    assert len(members) == len(set(members))
    assert all(it.channel == storm.channel for storm in found for it in storm.members)
    left = [it for it in messages if it.key not in set(members)]
    for channel in ("team", "me"):
        assert sum(it.channel == channel and it.severity != "critical" for it in left) <= FLOOD


def test_keys_are_stable_and_differ_by_what_they_are_of() -> None:
    end = datetime(2026, 3, 1, 7, tzinfo=UTC)
    keys = [
        message_key("evt_a", "team"),
        message_key("evt_a", "me"),
        message_key("evt_b", "team"),
        digest_key("team", "daily", end),
        digest_key("team", "weekly", end),
        group_key("team", ["msg_a", "msg_b"]),
    ]
    assert len(set(keys)) == len(keys)
    assert group_key("team", ["msg_b", "msg_a"]) == keys[-1]
    assert keys[0] == "msg_crkt6orvhq326mh622n2kxq725"
    assert all(key.startswith("msg_") and key[4:].isalnum() for key in keys)
