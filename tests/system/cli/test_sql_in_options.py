"""SQL where an option takes text: it is a text that nobody has, and the store is what it was."""

from __future__ import annotations

import pytest

from tests.support.program.program import Program
from tests.system.cli.conftest import ONE

SQL = "x'); DROP TABLE trial; UPDATE event SET severity='admin' WHERE ''='' OR \"1\"=1 --"
OPTIONS: list[list[str]] = [
    *(["show", SQL], ["show", ONE, "--as-of", SQL], ["show", ONE, "--basis", SQL], ["history", ONE, "--field", SQL]),
    *(["changes", "--tag", SQL], ["changes", "--kind", SQL], ["changes", "--since", SQL], ["changes", "--until", SQL]),
    *(["changes", "--min-severity", SQL], ["list", "--tag", SQL], ["list", "--sort", SQL], ["diff", ONE, SQL]),
    *(["results", "--tag", SQL], ["results", "--by", SQL], ["results", "--posted-since", SQL], ["unwatch", SQL]),
    *(["unwatch", "--cohort", SQL], ["similar", ONE, "--country", SQL], ["similar", ONE, "--status", SQL]),
    *(["similar", ONE, "--reject", SQL], ["export", "changes", "--since", SQL], ["export", SQL], ["compare", SQL]),
    *(["alerts", "outbox", SQL], ["alerts", "outbox", "--state", SQL], ["alerts", "outbox", "--channel", SQL]),
    *(["alerts", "retry", SQL], ["alerts", "mute", SQL], ["alerts", "test", SQL], ["watch", "--query", f"cond={SQL}"]),
    *(["watch", ONE, "--tag", SQL], ["poll", SQL], ["evidence", SQL, "--to", "x.zip"]),
    *(["alerts", "preview", "--since", SQL],),
]


@pytest.mark.fault("R-G16")
def test_sql_in_every_option_that_takes_text(lived: Program) -> None:
    before = [lived.json(*words) for words in (["changes"], ["history", ONE])]
    found = []
    for words in OPTIONS:
        run = lived.run(*words, expect=None)
        if run.code not in range(5) or "fault of Trialwatch" in run.err:
            found.append((words, run))
    assert found == []
    assert [lived.json(*words) for words in (["changes"], ["history", ONE])] == before
    assert lived.run("verify").code == 0
    listed = {row["trial"]: row["tags"] for row in lived.json("list")["trials"]}
    assert len(listed) == 3 and SQL in listed[ONE]
    assert [row["trial"] for row in lived.json("list", "--tag", SQL)["trials"]] == [ONE]


def test_the_table_is_large() -> None:
    assert len(OPTIONS) >= 23
