"""export and evidence: the same rows in every format, harmless, in one place, and one change with its proof."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import update

from storage.engine.database import Database
from storage.tables.models import FieldChangeRow
from tests.support.paths import ROOT
from tests.support.program.program import Program
from tests.support.registry.embedded_registry import RegistryServer
from tests.system.cli.conftest import ONE, THREE, TWO
from tracker.services.export.tables import TABLES


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_row_for_each_changed_field_and_each_version(lived: Program) -> None:
    changes = lived.json("changes")["changes"]
    rows = lived.run("export", "changes", "--format", "jsonl").lines
    assert [(row["seq"], row["field"], row["before"], row["after"]) for row in rows] == [
        (change["seq"], field.get("field"), field.get("before"), field.get("after"))
        for change in changes
        for field in change["fields"] or [{}]
    ]
    versions = lived.run("export", "versions").cells
    mine = [row for row in versions if row["trial"] == ONE]
    assert [row["effective"] for row in mine] == [row["effective"] for row in lived.json("history", ONE)["versions"]]
    assert [row["effective_until"] for row in mine] == [*(row["effective"] for row in mine[1:]), ""]
    since = lived.run("export", "changes", "--since", "2026-08-17", "--format", "jsonl").lines
    wanted = lived.json("changes", "--since", "2026-08-17")["changes"]
    assert "in the future" in lived.run("export", "changes", "--since", "2027", expect=2).err
    assert {row["seq"] for row in since} == {change["seq"] for change in wanted} != set()
    assert {row["version"] for row in lived.run("export", "versions", "--since", "2026-08-17").cells} == {"3", "2"}


@pytest.mark.fault("R-F5")
@pytest.mark.parametrize("what", ["changes", "versions", "trials"])
def test_every_format_says_the_same_and_its_columns_are_documented(lived: Program, tmp_path: Path, what: str) -> None:
    duckdb = pytest.importorskip("duckdb", reason="DuckDB (extra: analytics) is not installed")
    for form in ("csv", "jsonl", "parquet", "xlsx"):
        lived.run("export", what, "--to", tmp_path / f"x.{form}")
    columns = [column.name for column in TABLES[what].columns]
    table = list(csv.reader(io.StringIO((tmp_path / "x.csv").read_text(encoding="utf-8-sig"))))
    lines = [json.loads(line) for line in (tmp_path / "x.jsonl").read_text().splitlines()]
    found = duckdb.sql(f"SELECT * FROM '{tmp_path / 'x.parquet'}'")
    sheet = [[cell.value for cell in row] for row in load_workbook(tmp_path / "x.xlsx")[what].rows]
    assert sheet[0] == columns and len(sheet) == len(table)
    assert table[0] == list(lines[0]) == found.columns == columns
    assert len(table) - 1 == len(lines) == len(found) > 2
    order = columns.index({"changes": "seq", "versions": "raw_sha256", "trials": "trial"}[what])
    assert [row[order] for row in found.fetchall()] == [line[columns[order]] for line in lines]
    kinds = {column.name: column.kind for column in TABLES[what].columns}
    for place, name in enumerate(columns):
        if wanted := {"day": "DATE", "instant": "TIMESTAMP WITH TIME ZONE"}.get(kinds[name]):
            assert str(found.types[place]) == wanted
            texts = [line[name] and line[name][:10] for line in lines]
            assert [row[place] and str(row[place])[:10] for row in found.fetchall()] == texts
            assert [row[place] and str(row[place])[:10] for row in sheet[1:]] == texts
    page = (ROOT / "docs/reference/tables.md").read_text()
    section = page.partition(f"\n## {what}\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([a-z_0-9]+)` \|", section, re.MULTILINE) == columns


def test_a_month_is_never_made_a_day(program: Program, registry: RegistryServer, tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb", reason="DuckDB (extra: analytics) is not installed")
    for trial, posted in ((ONE, "2026-05"), (TWO, "2026-05-12"), (THREE, "2026")):
        study = registry.studies[trial]
        study["protocolSection"]["statusModule"]["resultsFirstPostDateStruct"] = {"date": posted, "type": "ACTUAL"}
        measure = {
            "type": "PRIMARY",
            "title": "Survival",
            "anticipatedPostingDate": posted,
            "reportingStatus": "NOT_POSTED",
        }
        study |= {"hasResults": True, "resultsSection": {"outcomeMeasuresModule": {"outcomeMeasures": [measure]}}}
    program.run("watch", ONE, TWO, THREE, "--no-backfill")
    for what, text, day in (
        ("trials", "posted", "posted_day"),
        ("measures", "anticipated_posting_date", "anticipated_posting_day"),
    ):
        for form in ("csv", "jsonl", "parquet", "xlsx"):
            program.run("export", what, "--to", tmp_path / f"{what}.{form}")
        cells = csv.DictReader(io.StringIO((tmp_path / f"{what}.csv").read_text(encoding="utf-8-sig")))
        assert [(it[text], it[day]) for it in cells] == [("2026-05", ""), ("2026-05-12", "2026-05-12"), ("2026", "")]
        lines = [json.loads(line) for line in (tmp_path / f"{what}.jsonl").read_text().splitlines()]
        whole = [("2026-05", None), ("2026-05-12", "2026-05-12"), ("2026", None)]
        assert [(it[text], it[day]) for it in lines] == whole
        found = duckdb.sql(f"SELECT {text}, {day} FROM '{tmp_path / what}.parquet'")
        assert list(map(str, found.types)) == ["VARCHAR", "DATE"]
        assert [(it, day and str(day)) for it, day in found.fetchall()] == whole
        [names, *rows] = load_workbook(tmp_path / f"{what}.xlsx")[what].iter_rows(values_only=True)
        places = names.index(text), names.index(day)
        assert [(row[places[0]], row[places[1]] and str(row[places[1]])[:10]) for row in rows] == whole


@pytest.mark.fault("C11")
def test_what_a_spreadsheet_would_run_is_text(lived: Program, tmp_path: Path) -> None:
    hostile = '=HYPERLINK("http://x","y")', " +1+1", "＝cmd()", "-2+3", "@sum(1)", "\t=1", "'=1"
    with closing(Database.open(f"sqlite:///{lived.home / 'trialwatch.db'}")) as store, store.write() as session:
        for seq, text in enumerate(hostile, 4):
            session.connection().execute(
                update(FieldChangeRow).where(FieldChangeRow.seq == seq).values(after=json.dumps(text))  # type: ignore[arg-type]
            )
    lived.run("export", "changes", "--to", tmp_path)
    written = io.StringIO((tmp_path / "changes.csv").read_text(encoding="utf-8-sig"))
    cells = [row["after"] for row in csv.DictReader(written)]
    plain = {row["after"] for row in lived.run("export", "changes", "--format", "jsonl").lines if row["after"]
             and isinstance(row["after"], str)}  # fmt: skip
    led = [cell for cell in cells if cell.startswith("'")]
    assert led and {"'" + text.replace("\t", "\\x09") for text in hostile if text in plain} <= {*cells}
    assert not [cell for cell in cells if re.match(r"\s*[=+@＝]", cell)]


@pytest.mark.fault("C18")
def test_an_export_stays_where_it_was_sent(lived: Program, tmp_path: Path) -> None:
    def refused(*words: str | Path, code: int = 1) -> str:
        run = lived.run(*words, expect=code)
        assert run.out == "" and run.err.count("\n") == 1
        return run.err

    folder = tmp_path / "out"
    folder.mkdir()
    lived.run("export", "versions", "--to", folder)
    assert names(folder) == {"versions.csv"}
    before = (folder / "versions.csv").read_text()
    assert "--force" in refused("export", "versions", "--to", folder)
    (folder / "link.csv").symlink_to(tmp_path / "elsewhere.csv")
    (folder / "changes.csv").symlink_to(tmp_path / "elsewhere.csv")
    for target in (folder / "link.csv", folder):
        assert "symbolic link" in refused("export", "changes", "--to", target, "--force")
    assert "create it first" in refused("export", "changes", "--to", folder / "no" / "x.csv")
    assert not (tmp_path / "elsewhere.csv").exists() and (folder / "versions.csv").read_text() == before
    for words in (["nothing"], ["changes", "--format", "xls"], ["changes", "--to", ""]):
        refused("export", *words, code=2)


def test_evidence_of_a_change_can_be_checked_without_us(lived: Program, tmp_path: Path) -> None:
    [change] = lived.json("changes", ONE, "--kind", "status.changed")["changes"]
    path = tmp_path / "proof.zip"
    lived.run("evidence", str(change["seq"]), "--to", path)
    with zipfile.ZipFile(path) as bundle:
        files = {name: bundle.read(name) for name in bundle.namelist()}
    assert set(files) == {"README.txt", "manifest.json", "before.json", "after.json", "SHA256SUMS"}
    for line in files["SHA256SUMS"].decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(files[name]).hexdigest() == digest
    manifest = json.loads(files["manifest.json"])
    assert manifest["change"].items() >= change.items()
    versions = {row["version"]: row for row in lived.json("history", ONE)["versions"]}
    for side, number in (("before", change["from_version"]), ("after", change["to_version"])):
        told = manifest[side]
        assert hashlib.sha256(files[f"{side}.json"]).hexdigest() == told["raw_sha256"] == versions[number]["sha256"]
        assert json.loads(files[f"{side}.json"]) == lived.run("show", ONE, "--raw", "--version", str(number)).json
        assert told["url"].endswith(ONE) and told["first_held_at"] == versions[number]["observed_at"]
        assert told["fetched_between"][0] <= told["first_held_at"]
    again = tmp_path / "again.zip"
    lived.run("evidence", str(change["seq"]), "--to", again)
    assert again.read_bytes() == path.read_bytes()
    lived.error("evidence", "999", "--to", tmp_path / "none.zip", code=2)
    assert names(tmp_path) >= {"proof.zip", "again.zip"} and not (tmp_path / "none.zip").exists()
