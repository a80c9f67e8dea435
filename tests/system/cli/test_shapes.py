"""The outside contract, key by key: each command in JSON, lines, CSV and as a table."""

from __future__ import annotations

import pytest

from tests.support.program.program import Program, keys
from tests.support.registry.embedded_registry import RegistryServer
from tests.system.cli.conftest import ONE, THREE, TWO

CHANGE = {"seq", "id", "trial", "kind", "severity", "summary", "effective", "observed_at", "from_version"} | {
    "to_version",
    "backfilled",
    "fields",
}
VERSION = {"version", "registry_version", "effective", "effective_basis", "observed_at", "source", "status"} | {
    "enrollment",
    "results",
    "sha256",
}
STATUS = {"healthy", "store", "last_poll", "data_timestamp", "watched", "pending", "dead", "schema", "sqlite"} | {
    "warnings"
}
POLL = {"run", "outcome", "data_timestamp", "checked", "new", "changed", "unchanged", "quarantined", "failed"} | {
    "held",
    "requests",
}


def test_list(lived: Program) -> None:
    found = lived.json("list")
    assert found.keys() == {"trials"}
    first = found["trials"][0]
    assert first | {"trial": ONE, "title": f"A study called {ONE}", "status": "COMPLETED", "version": 3} == first
    assert first | {"enrollment": {"count": 74, "type": "ACTUAL"}, "results": "submitted", "tags": ["liver"]} == first
    assert first["last_checked"] == "2026-08-17T15:00:00Z"
    assert lived.run("list").lines == found["trials"]
    by_status = lived.run("list", "--sort", "status", "-o", "csv")
    assert [row["status"] for row in by_status.cells] == ["COMPLETED", "RECRUITING", "TERMINATED"]
    assert by_status.cells[0]["enrollment.count"] == "74" and by_status.cells[0]["tags"] == '["liver"]'
    table = lived.run("list", "-o", "table").out
    assert "Trial" in table.splitlines()[0] and "Terminated" in table and "74" in table
    assert "the tag 'no such tag'" in lived.error("list", "--tag", "no such tag", code=2)[0]


def test_changes(lived: Program) -> None:
    found = lived.json("changes")
    assert found.keys() == {"changes"} and keys(found["changes"]) == {frozenset(CHANGE)}
    assert [row["seq"] for row in found["changes"]] == list(range(1, len(found["changes"]) + 1))
    assert keys([field for row in found["changes"] for field in row["fields"]]) == {
        frozenset({"field", "label", "before", "after"})
    }
    stopped = next(row for row in found["changes"] if row["severity"] == "critical")
    assert stopped | {"trial": THREE, "kind": "status.changed", "from_version": 1, "to_version": 2} == stopped
    assert stopped | {"effective": "2026-08-17", "observed_at": "2026-08-17T15:00:00Z", "backfilled": False} == stopped
    assert {"field": "why_stopped", "label": "Why stopped", "before": None, "after": "Slow accrual"} in stopped[
        "fields"
    ]
    assert lived.run("changes").lines == found["changes"]
    cells = lived.run("changes", "-o", "csv").cells
    assert set(cells[0]) == CHANGE and [int(row["seq"]) for row in cells] == [row["seq"] for row in found["changes"]]
    assert lived.run("changes", "-o", "json", NO_COLOR="1").json == found


def test_history(lived: Program) -> None:
    found = lived.json("history", ONE)
    assert found.keys() == {"trial", "versions"} and keys(found["versions"]) == {frozenset(VERSION)}
    first = found["versions"][0]
    assert first | {"version": 1, "registry_version": 0, "effective": "2026-01-15", "source": "poll"} == first
    assert first | {"effective_basis": "posted", "status": "RECRUITING", "results": "none"} == first
    assert [row["effective_basis"] for row in found["versions"]] == ["posted", "posted", "data"]
    assert len(first["sha256"]) == 64 and first["enrollment"] == {"count": 80, "type": "ESTIMATED"}
    assert lived.run("history", ONE).lines == found["versions"]
    assert lived.run("history", ONE, "-o", "csv").cells[2]["results"] == "submitted"


def test_history_of_fields(lived: Program) -> None:
    """A value for every version; a dated field is its text."""
    found = lived.json("history", TWO, "--field", "dates.completion", "--field", "dates.completion.type")
    assert found == {
        "trial": TWO,
        "fields": [
            {
                "field": "dates.completion",
                "values": [
                    {"version": 1, "effective": "2026-01-15", "value": "2026-12"},
                    {"version": 2, "effective": "2026-08-15", "value": "2027-12"},
                ],
                "slip": {"first": "2026-12", "last": "2027-12", "days": 365, "moves": 1},
            },
            {
                "field": "dates.completion.type",
                "values": [
                    {"version": 1, "effective": "2026-01-15", "value": "ESTIMATED"},
                    {"version": 2, "effective": "2026-08-15", "value": "ESTIMATED"},
                ],
                "slip": None,
            },
        ],
    }
    counts = lived.run("history", ONE, "--field", "enrollment.count").lines
    assert [value["value"] for value in counts[0]["values"]] == [80, 74, 74]
    seen = lived.run("history", ONE, "--field", "enrollment.count", "-o", "table").out
    assert "80" in seen and seen.count("74") == 1, "a table tells only where a value moved"


def test_diff_and_show(lived: Program) -> None:
    whole = lived.json("diff", TWO)
    assert whole.keys() == {"trial", "from", "to", "fields"} and (whole["from"], whole["to"]) == (1, 2)
    assert {"field": "dates.completion", "label": "Completion", "before": "2026-12", "after": "2027-12"} in whole[
        "fields"
    ]
    assert lived.json("diff", TWO, "1..2") == whole == lived.json("diff", TWO, "2026-03-01..2026-08-16")
    assert lived.json("diff", TWO, "2..1")["fields"][0]["after"] == whole["fields"][0]["before"]
    assert "2027-12" in lived.run("diff", TWO, "-o", "table").out
    shown = lived.json("show", ONE)
    assert shown.keys() == {
        "trial",
        "version",
        "effective",
        "observed_at",
        "source",
        "url",
        "linked",
        "notes",
        "record",
    }
    assert shown | {"trial": ONE, "version": 3, "effective": "2026-08-17"} == shown
    assert shown["record"]["enrollment"] == {"count": 74, "type": "ACTUAL"}
    assert shown["url"].endswith(ONE)


@pytest.mark.parametrize(
    "ends",
    [("1", "2"), ("1..2",), ("1-2",), ("v1", "v2"), ("2026-08-14", "today"), ("2026-07..2026-08",), ("6d", "now")],
)
def test_the_two_versions_of_a_diff_are_named_in_any_usual_form(lived: Program, ends: tuple[str, ...]) -> None:
    assert lived.json("diff", THREE, *ends) == lived.json("diff", THREE)


def test_results_status_and_verify(lived: Program) -> None:
    found = lived.json("results", ONE, TWO)
    assert found.keys() == {"trials", "sponsors"}
    first, second = found["trials"]
    assert first.keys() >= {"trial", "state", "cycle", "duties"} and first["state"] == "submitted"
    assert first["cycle"] == [{"event": "submitted", "date": "2026-08-16"}]
    assert (second["state"], second["cycle"]) == ("none", [])
    assert "submitted 2026-08-16" in lived.run("results", ONE, "-o", "table").out
    status = lived.json("status", expect=1)["status"]
    assert status.keys() >= STATUS and status["healthy"] is False, "nobody has looked for two days"
    assert (status["watched"], status["data_timestamp"]) == (3, "2026-08-17T09:00:05")
    assert lived.json("verify") == {"faults": []}


def test_poll(program: Program, registry: RegistryServer) -> None:
    program.run("watch", ONE, TWO, THREE)
    again = program.json("poll")
    assert again.keys() == {"poll"} and again["poll"].keys() == POLL
    assert again["poll"] | {"outcome": "unchanged", "failed": [], "held": [], "requests": 1} == again["poll"]
    program.day()
    registry.studies[TWO]["protocolSection"]["statusModule"]["overallStatus"] = 7
    first = program.json("poll", expect=3)["poll"]
    assert first | {"outcome": "partial", "checked": 3, "unchanged": 2} == first
    assert first["quarantined"][0].keys() == {"trial", "reason", "new"} and first["quarantined"][0]["trial"] == TWO
    lines = program.run("poll", "-o", "jsonl", expect=None)
    assert lines.lines[0].keys() == POLL


@pytest.mark.parametrize("command", ["list", "changes", "results"])
def test_an_empty_store_is_an_empty_collection(program: Program, command: str) -> None:
    """And for a person, the next step."""
    found = program.json(command)
    assert all(collection == [] for collection in found.values())
    table = program.run(command, "-o", "table")
    assert table.out == "" and table.err.endswith("\n") and len(table.err) > 5


def test_the_environment_says_how_to_print_and_the_option_wins(lived: Program) -> None:
    assert lived.run("list", TRIALWATCH_OUTPUT="table").out.startswith("Trial  ")
    assert lived.run("list", "-o", "csv", TRIALWATCH_OUTPUT="table").out.startswith("trial,")
    failed = lived.run("show", "NOPE", expect=2, TRIALWATCH_OUTPUT="json")
    assert failed.json["error"]["kind"] == "invalid_id" and failed.err == ""
    for words in (["-o", "table"], ["-otable"], ["--output=csv"]):
        assert lived.run("show", "NOPE", *words, expect=2, TRIALWATCH_OUTPUT="json").out == ""
    assert "TRIALWATCH_OUTPUT" in lived.run("list", expect=2, TRIALWATCH_OUTPUT="xml").err


def test_tables_have_local_time_with_its_zone_and_json_has_utc(lived: Program) -> None:
    there = {"TZ": "Asia/Kolkata"}
    table = lived.run("history", ONE, "-o", "table", COLUMNS="140", **there).out
    assert "Seen by us (IST)" in table and "2026-08-14 20:30" in table
    assert "last poll       2026-08-17 20:30 IST" in lived.run("status", "-o", "table", expect=None, **there).out
    assert ", seen by us 2026-08-17 20:30 IST" in lived.run("show", ONE, "-o", "table", **there).out
    for form in ("jsonl", "csv"):
        assert "2026-08-14T15:00:00Z" in lived.run("history", ONE, "-o", form, **there).out
    assert "2026-01-15" in table, "the registry's dates have no zone"
