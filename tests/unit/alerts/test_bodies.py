"""What a webhook says: the change as `changes` prints it, never more than 20,000 bytes, never without its ids."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.channels.webhook_factories import KEY, NOW, alert, told
from tracker.alerts.message import GROUP, TEST, Alert, ReportedChange
from tracker.alerts.render.webhook_body import MOST_BYTES, webhook_body

KEPT = ("id", "seq", "trial", "kind", "severity", "url")


def read(message: Alert) -> dict[str, Any]:
    body = webhook_body(message)
    assert len(body) <= MOST_BYTES
    found = json.loads(body)
    assert list(found) == ["type", "timestamp", "data"]
    assert isinstance(found, dict)
    return found


def many(number: int, *, text: str = "x", fields: int = 1) -> ReportedChange:
    """A change with so many fields, each with this text before and after."""
    one = told(number, severity=("admin", "minor", "major", "critical")[number % 4], before=text, after=text)
    return replace(one, change={**one.change, "fields": one.change["fields"] * fields})


def test_one_change_is_told_whole_with_its_title_and_addresses() -> None:
    one = told()
    found = read(alert(one, rules=("all", "mine")))
    assert (found["type"], found["timestamp"]) == ("status.changed", "2026-05-12T03:02:07Z")
    more = {"title": one.title, "url": one.url, "history_url": one.history_url}
    assert found["data"] == {**one.change, **more, "rules": ["all", "mine"], "store": "store"}


@pytest.mark.parametrize("kind", ["digest", GROUP])
def test_many_changes_are_a_list_with_their_number(kind: str) -> None:
    changes = [told(1), told(2, "NCT00000002")]
    found = read(alert(*changes, kind=kind))
    assert found["type"] == kind
    assert found["data"]["total"] == 2 and "truncated" not in found["data"]
    assert found["data"]["changes"] == [
        {**it.change, "title": it.title, "url": it.url, "history_url": it.history_url} for it in changes
    ]


def test_a_list_that_was_cut_before_says_so() -> None:
    found = read(alert(told(1), told(2), total=700))
    assert (found["data"]["total"], found["data"]["truncated"]) == (700, True)


def test_a_test_says_that_it_is_one() -> None:
    assert read(Alert(KEY, TEST, "team", (), (), 0, "store", NOW))["type"] == "test"


@pytest.mark.parametrize("kind", ["digest", GROUP, "status.changed"])
def test_peer_16_an_alert_that_tells_nothing_is_never_a_webhook(kind: str) -> None:
    with pytest.raises(ValueError, match=KEY):
        webhook_body(Alert(KEY, kind, "team", (), (), 0, "store", NOW))


def test_the_same_alert_is_the_same_bytes_wherever_its_clock_stands() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=9)))
    assert webhook_body(alert(told())) == webhook_body(replace(alert(told()), made_at=elsewhere))


@pytest.mark.fault("D23")
def test_five_megabytes_become_twenty_kilobytes_that_say_where_the_rest_is() -> None:
    change = many(3, text="é" * 50_000, fields=50)
    data = read(alert(change))["data"]
    assert all(data[key] == {**change.change, "url": change.url}[key] for key in KEPT)
    assert data["summary"] == change.summary
    assert data["truncated"] is True and data["fields_total"] == 50
    assert data["fields"][0]["after"] == "é" * 300 + "…"


@pytest.mark.fault("D23")
def test_of_many_fields_some_are_left_and_all_are_counted() -> None:
    data = read(alert(many(1, text="short", fields=5_000)))["data"]
    assert len(data["fields"]) == 50 and data["fields_total"] == 5_000


@pytest.mark.fault("D23")
def test_a_long_digest_keeps_the_most_severe_in_their_order_and_the_number_of_all() -> None:
    changes = [many(number) for number in range(1, 1001)]
    data = read(alert(*changes))["data"]
    told_of = data["changes"]
    assert data["total"] == 1000 and data["truncated"] is True
    assert 20 < len(told_of) < 250
    assert {it["severity"] for it in told_of} == {"critical"}
    assert [it["seq"] for it in told_of] == sorted(it["seq"] for it in told_of)
    assert all(it[key] for it in told_of for key in KEPT)


def test_what_was_not_cut_does_not_say_that_it_was() -> None:
    small, large = told(1), many(2, text="y" * 30_000)
    first, second = read(alert(small, large))["data"]["changes"]
    assert "truncated" not in first and second["truncated"] is True


def test_a_crowd_of_rules_does_not_keep_a_change_from_being_told() -> None:
    assert len(read(alert(told(), rules=[f"rule-{number:035}" for number in range(2_000)]))["data"]["rules"]) == 100


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc"), inner, max_size=4),
    max_leaves=20,
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.lists(st.tuples(values, texts, texts, st.integers(0, 900), st.integers(0, 40)), min_size=1, max_size=12))
def test_whatever_a_registry_writes_the_body_is_small_and_names_what_it_tells(rows: list[Any]) -> None:
    changes = [
        replace(it, change={**it.change, "fields": it.change["fields"] * fields}, title=title * times)
        for number, (value, summary, title, times, fields) in enumerate(rows)
        for it in [told(number, summary=summary * times, before=value, after=summary * times)]
    ]
    data = read(alert(*changes))["data"]
    told_of = data["changes"] if len(changes) > 1 else [data]
    by_id = {it.change["id"]: it for it in changes}
    assert told_of and all(
        it[key] == {**by_id[it["id"]].change, "url": by_id[it["id"]].url}[key] for it in told_of for key in KEPT
    )
