"""What four kinds of users do in their first minutes, on a terminal of 80 and of 140 columns.

The advocate's three answers are in `test_init`. Here: a transparency team, a meta-researcher, an operator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from openpyxl import load_workbook

from tests.support.channels.smtp_sink import Mailbox
from tests.support.program.program import Program, record, update
from tests.support.registry.embedded_registry import RegistryServer, Study, signed

OWING, HANDED_IN, RUNNING = (f"NCT0000000{number}" for number in range(1, 4))
WIDTHS = pytest.mark.parametrize("width", [80, 140])


def trial(name: str, title: str, completed: str | None, sponsor: str) -> Study:
    made = record(name)
    protocol = made["protocolSection"]
    protocol["identificationModule"]["briefTitle"] = title
    protocol["sponsorCollaboratorsModule"]["leadSponsor"]["name"] = sponsor
    if completed is not None:
        ended = {"date": completed, "type": "ACTUAL"}
        protocol["statusModule"] |= {"overallStatus": "COMPLETED", "primaryCompletionDateStruct": ended}
    return signed(made)


@pytest.fixture
def registry() -> Iterator[RegistryServer]:
    handed = trial(HANDED_IN, "Vaccine against malaria", "2024-03-01", "University B")
    handed["derivedSection"]["miscInfoModule"]["submissionTracking"] = {
        "submissionInfos": [{"releaseDate": "2025-01-20"}]
    }
    owing = trial(OWING, "Surgery or watching after a complete response", "2024-03-01", "University A")
    running = trial(RUNNING, "A running trial of a drug", None, "University B")
    with RegistryServer([owing, handed, running]) as server:
        yield server


@pytest.fixture
def program(tmp_path: Path, registry: RegistryServer) -> Program:
    return Program(tmp_path / "home", registry)


def fits(seen: str, width: int) -> bool:
    """Return whether no line of a table is wider than the terminal. Notes are wrapped by the terminal itself."""
    rows = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in seen.splitlines()]
    return all(len(line) <= width for line in rows if line.lstrip().startswith(("NCT", "─", "No.")))


@WIDTHS
def test_a_team_gets_its_table_its_sheet_and_its_digest(
    program: Program, registry: RegistryServer, tmp_path: Path, width: int
) -> None:
    listed = tmp_path / "ours.csv"
    listed.write_text(
        f"NCT Number;Owner\n{OWING};A\n{HANDED_IN.lower()};B\nhttps://clinicaltrials.gov/study/{RUNNING};B\n"
    )
    program.terminal("import", str(listed), "--tag", "ours", width=width)
    program.run("poll")

    seen = program.terminal("results", "--owing", "--tag", "ours", width=width)
    assert OWING in seen and "Surgery" in seen and HANDED_IN not in seen and fits(seen, width)
    assert "531" in seen, "days from 2025-03-01 to 2026-08-14"

    sheet = tmp_path / "ours.xlsx"
    program.run("export", "trials", "--tag", "ours", "--to", sheet)
    heading, *rows = load_workbook(sheet).active.iter_rows(values_only=True)
    by_trial = {row[0]: dict(zip(heading, row, strict=True)) for row in rows}
    assert by_trial[OWING]["sponsor"] == "University A"
    assert by_trial[OWING]["due"].date() == date(2025, 3, 1)

    with Mailbox() as box:
        program.run("alerts", "add", "team@example.org", "--smtp", f"smtp://127.0.0.1:{box.port}")
        program.run("config", "set", "rule.me.digest", "weekly@mon08:00")
        program.run("config", "set", "rule.me.trials", "tag:ours")
        assert len(box.mails) == 1, "the sample"
        program.day()  # Saturday
        update(registry.studies[RUNNING], "2026-08-15", overallStatus="TERMINATED", whyStopped="No money")
        update(registry.studies[OWING], "2026-08-15", primaryCompletionDateStruct={"date": "2025-09", "type": "ACTUAL"})
        program.run("poll")
        program.day(3)
        program.run("poll")
        subjects = [str(mail.parsed["Subject"]) for mail in box.mails[1:]]
        assert any("changes" in it or "Primary completion" in it for it in subjects), subjects


@WIDTHS
def test_a_researcher_gets_every_version_and_real_dates(
    program: Program, registry: RegistryServer, tmp_path: Path, width: int
) -> None:
    program.run("watch", RUNNING)
    program.day()
    update(registry.studies[RUNNING], "2026-08-15", overallStatus="COMPLETED")
    program.run("poll")
    seen = program.terminal("history", RUNNING, width=width)
    assert "A running trial" in seen and "Completed" in seen and "UTC" in seen
    assert "Recruiting" in program.terminal("show", RUNNING, "--as-of", "2026-08-14", width=width)
    differs = program.terminal("diff", RUNNING, "1", "2", width=width)
    assert "Recruiting" in differs and "Completed" in differs and "RECRUITING" not in differs

    cited = program.terminal("cite", RUNNING, "--as-of", "2026-08-14", width=width)
    assert "A running trial of a drug" in " ".join(cited.split()) and RUNNING in cited
    assert program.run("cite", RUNNING, "--format", "bibtex").out.startswith("@")

    table = tmp_path / "versions.parquet"
    program.run("export", "versions", "--to", table)
    types = dict(duckdb.sql(f"select column_name, column_type from (describe select * from '{table}')").fetchall())
    assert types["observed_at"].startswith("TIMESTAMP")
    assert duckdb.sql(f"select count(*) from '{table}' where trial = '{RUNNING}'").fetchall() == [(2,)]


@WIDTHS
def test_an_operator_sees_what_runs_and_what_does_not(program: Program, tmp_path: Path, width: int) -> None:
    program.run("init", RUNNING, "--yes", "--run", "by-hand")
    healthy = program.terminal("status", width=width)
    assert "1" in healthy and "trial" in healthy
    assert program.run("doctor", "--offline", expect=None).code in (0, 1)
    daemon = program.start("daemon")
    try:
        assert daemon.stderr is not None
        while b"daemon started" not in (line := daemon.stderr.readline()):
            assert line
        assert b'"watched": 1' in line and b'"next_check"' in line and b"none: no channel is configured" in line
        assert "The daemon looks next" in program.terminal("watch", OWING, width=width)
    finally:
        daemon.terminate()
        daemon.communicate(timeout=60)
    program.run("backup", tmp_path / "safe.db")
    program.day(30)
    late = program.run("status", "-o", "table", expect=1, COLUMNS=str(width))
    assert "nobody has looked" in " ".join(late.out.split())
