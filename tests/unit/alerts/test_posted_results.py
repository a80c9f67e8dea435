"""Posted results in messages: whole where they fit, left out with a note where they do not, and cut in a mail."""

from __future__ import annotations

from dataclasses import replace

import orjson

from tests.support.channels.mail_factories import alert, told
from tracker.alerts.message import PostedResults
from tracker.alerts.render.message_body import message_body
from tracker.alerts.render.webhook_body import MOST_BYTES, webhook_body
from tracker.results.reported_tables import ResultTable

TABLE = ResultTable(
    "Primary outcome: Pain", "mean, points", ("A (n = 5)", "B (n = 6)"), (("", ("1.5", "2.5")),), ("note",)
)


def posted(data: dict[str, object], *tables: ResultTable) -> PostedResults:
    return PostedResults(tables, data)


def test_a_webhook_carries_what_fits() -> None:
    change = replace(told(kind="results.posted"), posted=posted({"measures": {"pain": {"title": "Pain"}}}))
    data = orjson.loads(webhook_body(alert(change)))["data"]
    assert data["reported"] == {"measures": {"pain": {"title": "Pain"}}}
    assert "truncated" not in data


def test_a_webhook_leaves_out_what_does_not_fit_and_says_so() -> None:
    large = {"measures": {f"measure-{number}": {"title": "x" * 400} for number in range(100)}}
    change = replace(told(kind="results.posted"), posted=posted(large))
    body = webhook_body(alert(change))
    data = orjson.loads(body)["data"]
    assert len(body) <= MOST_BYTES
    assert "reported" not in data and data["truncated"] is True
    assert data["fields"] == change.change["fields"], "nothing else is lost for it"


def test_other_changes_have_no_results() -> None:
    assert "reported" not in orjson.loads(webhook_body(alert(told())))["data"]


def test_a_mail_of_one_change_has_its_tables_and_no_counts_beside_them() -> None:
    change = told(kind="results.posted")
    change.change["fields"].append(
        {"field": "results.summary.primary_measures", "label": "Primary measures", "before": None, "after": 1}
    )
    [section] = message_body(alert(replace(change, posted=posted({}, TABLE)))).sections
    [item] = section.items
    [table] = item.tables
    assert (table.title, table.columns, table.rows) == (TABLE.title, TABLE.columns, TABLE.rows)
    assert table.lines == ("A (n = 5)  B (n = 6)", "1.5        2.5")
    assert [it.label for it in item.fields] == ["Status"]


def test_a_table_too_wide_for_a_line_is_a_list() -> None:
    wide = ResultTable("T", columns=("First " * 8, "Second " * 8), rows=(("row", ("1", "")),))
    [section] = message_body(alert(replace(told(kind="results.posted"), posted=posted({}, wide)))).sections
    assert section.items[0].tables[0].lines == ("row", f"  {('First ' * 8).strip()}: 1")


def test_the_state_of_the_results_chooses_the_colour() -> None:
    assert message_body(alert(told(kind="results.posted"))).state == "posted"
    assert message_body(alert(told(kind="results.returned"))).state == "returned"
    assert message_body(alert(told())).state == ""
    assert message_body(alert(told(1, kind="results.posted"), told(2, kind="results.posted"))).state == ""
