"""Where an export goes, in which format, and with which mark: what is unclear is refused."""

from __future__ import annotations

import codecs
import io
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import update

from storage.engine.database import Database
from storage.tables.models import EventRow
from tests.support.program.program import COMMAND, ROOT, Program
from tests.system.cli.conftest import ONE

MARK = codecs.BOM_UTF8


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def piped(program: Program, *words: str, cwd: Path = ROOT) -> bytes:
    """Return what a command writes into a pipe."""
    command = [*COMMAND, *words]
    run = subprocess.run(command, env=program.environment(), cwd=cwd, capture_output=True, check=True)
    return run.stdout


@pytest.mark.parametrize("name", ["x.xls", "x.ods", "x.txt", "x.CSV.gz", "out", "x."])
def test_an_ending_that_says_no_format_is_refused(lived: Program, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "out-folder"
    folder.mkdir()
    run = lived.run("export", "trials", "--to", folder / name, expect=2)
    assert ".csv, .xlsx, .jsonl, .parquet" in run.err and "--format" in run.err
    assert names(folder) == set()
    lived.run("export", "trials", "--to", folder / name, "--format", "csv")
    assert (folder / name).read_bytes().startswith(MARK + b"trial,")


def test_an_ending_decides_in_any_case(lived: Program, tmp_path: Path) -> None:
    lived.run("export", "trials", "--to", tmp_path / "X.XLSX")
    assert load_workbook(tmp_path / "X.XLSX")["trials"]["A1"].value == "trial"


def test_an_ending_and_a_format_that_differ_are_refused(lived: Program, tmp_path: Path) -> None:
    run = lived.run("export", "trials", "--to", tmp_path / "x.xlsx", "--format", "csv", expect=2)
    assert "ends like xlsx, and --format says csv" in run.err
    assert not (tmp_path / "x.xlsx").exists()


def test_a_folder_that_is_not_there_is_no_file(lived: Program, tmp_path: Path) -> None:
    for to in (f"{tmp_path}/no/", f"{tmp_path}/no/deeper/"):
        run = lived.run("export", "trials", "--to", to, expect=1)
        assert "there is no such folder; create it first" in run.err
    assert not (tmp_path / "no").exists()
    (tmp_path / "no").mkdir()
    for to in (f"{tmp_path}/no", f"{tmp_path}/no/"):
        lived.run("export", "trials", "--to", to, "--format", "xlsx", "--force")
    assert names(tmp_path / "no") == {"trials.xlsx"}


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1"])
def test_standard_output_has_names(lived: Program, tmp_path: Path, name: str) -> None:
    bare = piped(lived, "export", "trials")
    assert bare.startswith(b"trial,") and ONE.encode() in bare
    assert piped(lived, "export", "trials", "--to", name, cwd=tmp_path) == bare
    lines = piped(lived, "export", "trials", "--to", name, "--format", "jsonl", cwd=tmp_path)
    assert lines.startswith(b'{"trial":')
    assert not (tmp_path / "-").exists()


def test_a_sheet_and_a_parquet_file_go_through_a_pipe(lived: Program, tmp_path: Path) -> None:
    sheet = piped(lived, "export", "versions", "--format", "xlsx")
    assert load_workbook(io.BytesIO(sheet))["versions"]["A2"].value == ONE
    duckdb = pytest.importorskip("duckdb", reason="DuckDB (extra: analytics) is not installed")
    (tmp_path / "x.parquet").write_bytes(piped(lived, "export", "versions", "--to", "-", "--format", "parquet"))
    assert len(duckdb.sql(f"SELECT * FROM '{tmp_path / 'x.parquet'}'")) == len(lived.run("export", "versions").cells)


@pytest.mark.parametrize("form", ["xlsx", "parquet"])
def test_a_terminal_gets_no_bytes(lived: Program, form: str) -> None:
    seen = lived.terminal("export", "trials", "--format", form, width=200)
    assert f"{form} is nothing to read on a terminal; name a file: --to trials.{form}." in seen
    assert "PK" not in seen and "PAR1" not in seen


def test_a_csv_file_begins_with_a_mark_and_a_stream_does_not(lived: Program, tmp_path: Path) -> None:
    lived.run("export", "trials", "--to", tmp_path / "marked.csv")
    lived.run("export", "trials", "--no-bom", "--to", tmp_path / "bare.csv")
    bare = piped(lived, "export", "trials")
    assert (tmp_path / "marked.csv").read_bytes() == MARK + bare
    assert (tmp_path / "bare.csv").read_bytes() == bare
    assert piped(lived, "export", "trials", "--bom", "--to", "-") == MARK + bare
    lived.run("export", "trials", "--to", tmp_path / "x.jsonl")
    assert (tmp_path / "x.jsonl").read_bytes().startswith(b"{")
    for switch in ("--bom", "--no-bom"):
        assert "for csv" in lived.run("export", "trials", switch, "--to", tmp_path / "y.jsonl", expect=2).err


def test_a_marked_file_is_imported_again(lived: Program, tmp_path: Path) -> None:
    lived.run("export", "trials", "--to", tmp_path / "ours.csv")
    assert lived.json("import", tmp_path / "ours.csv", "--dry-run")["import"]["ids"] == 3


def test_a_sheet_is_as_private_and_as_careful_as_every_export(lived: Program, tmp_path: Path) -> None:
    target = tmp_path / "x.xlsx"
    lived.run("export", "trials", "--to", target)
    assert target.stat().st_mode & 0o777 == 0o600
    assert "--force" in lived.run("export", "trials", "--to", target, expect=1).err
    (tmp_path / "link.xlsx").symlink_to(target)
    assert "symbolic link" in lived.run("export", "trials", "--to", tmp_path / "link.xlsx", "--force", expect=1).err


def test_a_text_that_no_cell_holds_is_told(lived: Program, tmp_path: Path) -> None:
    with closing(Database.open(f"sqlite:///{lived.home / 'trialwatch.db'}")) as store, store.write() as session:
        session.connection().execute(update(EventRow).where(EventRow.seq == 4).values(summary="a" * 50_000))  # type: ignore[arg-type]
    run = lived.run("export", "changes", "--to", tmp_path / "x.xlsx")
    assert "1 cell would hold more than the 32,767 characters" in run.err
    summaries = [row[5].value for row in load_workbook(tmp_path / "x.xlsx")["changes"].rows]
    assert [len(it) for it in summaries if it.startswith("aaa")] == [32_767]
    assert "32,767" not in lived.run("export", "changes", "--to", tmp_path / "x.csv").err


def test_spreadsheets_load_only_for_a_sheet(lived: Program, tmp_path: Path) -> None:
    script = "import sys; from tracker.cli import main; code = main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    loaded = {}
    for form in ("csv", "xlsx"):
        words = ["export", "trials", "--to", str(tmp_path / f"x.{form}")]
        command = [sys.executable, "-c", f"{script}; sys.exit(code)", *words]
        run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=lived.environment(), check=True)
        loaded[form] = "xlsxwriter" in run.stderr.split()
    assert loaded == {"csv": False, "xlsx": True}
