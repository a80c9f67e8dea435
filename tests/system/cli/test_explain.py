"""`changes --explain`: why each has its severity and what was muted, for a script and for a person."""

from __future__ import annotations

from tests.support.program.program import WARNING, Program
from tests.system.cli.conftest import ONE, THREE, TWO

HOLDER = "derivedSection.miscInfoModule.versionHolder"


def test_each_change_says_why_and_the_rest_is_unchanged(lived: Program) -> None:
    plain, found = lived.run("changes").lines, lived.json("changes", "--explain")["changes"]
    assert [{name: value for name, value in row.items() if name != "explained"} for row in found] == plain
    for row in found:
        assert row["explained"].keys() == {"severity", "reasons", "muted"}
        assert row["explained"]["severity"] == row["severity"], "the rules are those it was told by"
        for reason in row["explained"]["reasons"]:
            assert reason.keys() == {"by", "name", "severity", "said", "evidence"}
    by_kind = {(row["trial"], row["kind"]): row["explained"] for row in found}
    stopped = by_kind[THREE, "status.changed"]
    assert [(it["by"], it["name"], it["severity"]) for it in stopped["reasons"]] == [
        ("field", "status", "major"),
        ("field", "why_stopped", "minor"),
        ("values", "status.changed", "critical"),
        ("sign", "status.stopped", "critical"),
    ]
    assert stopped["reasons"][-1]["evidence"]["why_stopped"] == "Slow accrual"
    assert {"field": HOLDER, "because": "noise: the registry changes it by itself"} in stopped["muted"]
    assert {it["field"] for it in stopped["muted"]} >= {"dates.last_update_posted", "dates.last_update_submitted"}
    [first] = by_kind[ONE, "trial.first_seen"]["reasons"]
    assert (first["by"], first["severity"]) == ("trial", "minor")
    [moved] = by_kind[TWO, "results.due_moved"]["reasons"]
    assert (moved["by"], moved["name"]) == ("dates", "who-2017 2028-12-31 moved")
    assert lived.run("changes", "--explain", "-o", "csv").cells[0].keys() == {*plain[0], "explained"}


def test_in_a_terminal_each_change_is_a_block_with_its_reasons_below(lived: Program) -> None:
    seen = lived.terminal("changes", THREE, "--explain", width=100, NO_COLOR="1")
    assert max(len(line) for line in seen.splitlines() if not line.startswith(WARNING)) <= 100
    block = seen[seen.index("critical  status.changed") :]
    lines = [line.rstrip() for line in block.splitlines()]
    assert lines[1].strip() == "Status changed from Recruiting to Terminated: Slow accrual (after the start)"
    assert lines[2].split(maxsplit=1) == ["field", "major by the row status (Recruitment status)"]
    assert lines[4].split(maxsplit=1) == ["values", "critical by what it changed to"], "it is not said twice"
    assert lines[5].split(maxsplit=1) == [
        "sign",
        "critical by status.stopped: Terminated after the start: Slow accrual",
    ]
    assert f"muted       {HOLDER} (noise" in block and block.count(HOLDER) == 1, "once a step"


def test_what_is_left_out_by_severity_is_named_as_muted(lived: Program) -> None:
    """Without its own line, housekeeping is among what was muted."""
    severe = lived.run("changes", THREE, "--explain", "--min-severity", "major", "-o", "table", COLUMNS="100").out
    whole = lived.run("changes", THREE, "--explain", "--all", "-o", "table", COLUMNS="100").out
    said = "muted       dates.last_update_posted (housekeeping: Last update posted)"
    assert said in severe and said not in whole and "admin by the row dates.last_update_posted" in whole
