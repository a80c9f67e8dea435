"""import: lists and sheets as Windows, spreadsheets and shells write them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.program.program import Program, record
from tests.system.cli.conftest import ONE, THREE, TWO

pytestmark = pytest.mark.fault("R-C8")

SAVED: dict[str, Callable[[str], bytes]] = {
    "utf-8 with a mark": lambda text: text.encode("utf-8-sig"),
    "powershell's utf-16": lambda text: b"\xff\xfe" + text.replace("\n", "\r\n").encode("utf-16-le"),
    "utf-16 of big ends": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "excel's cp1252": lambda text: text.replace("\n", "\r\n").encode("cp1252"),
    "line ends of an old mac": lambda text: text.replace("\n", "\r").encode(),
}


@pytest.mark.parametrize("save", SAVED.values(), ids=SAVED)
def test_lists_and_sheets_of_windows_are_read(program: Program, tmp_path: Path, save: Callable[[str], bytes]) -> None:
    (tmp_path / "ids.txt").write_bytes(save(f"# Müller's\n{ONE}\nnonsense\n"))
    (tmp_path / "ids.csv").write_bytes(save(f'Größe;NCT Number\n"1;5\n2";{TWO}\n\n3;wrong\n'))
    found = program.json("import", tmp_path / "ids.txt", tmp_path / "ids.csv", "--dry-run", expect=3)["import"]
    assert found["ids"] == 2
    assert [item["source"].rpartition("/")[2] for item in found["rejected"]] == ["ids.txt:3", "ids.csv:5"]


def test_reading_as_windows_1252_is_said(program: Program, tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_bytes(f"# Müller\n{ONE}\n".encode("cp1252"))
    run = program.run("import", tmp_path / "ids.txt", "--dry-run", "-o", "json")
    [remark] = run.json["import"]["remarks"]
    assert remark["source"] == str(tmp_path / "ids.txt") and "Windows-1252" in remark["remark"]
    assert "Windows-1252" in run.err and "save it as UTF-8" in run.err
    (tmp_path / "plain.txt").write_text(f"# Müller\n{ONE}\n", encoding="utf-8")
    assert program.json("import", tmp_path / "plain.txt", "--dry-run")["import"]["remarks"] == []


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;", "sep=;;;"])
def test_the_line_that_names_the_separator_is_obeyed(program: Program, tmp_path: Path, first: str) -> None:
    sheet = tmp_path / "ids.csv"
    sheet.write_bytes(f"{first}\r\nName, first and last;NCT Number\r\na, b;{ONE}\r\nc, d;nonsense\r\n".encode())
    found = program.json("import", sheet, "--dry-run", expect=3)["import"]
    assert found["ids"] == 1
    assert [item["source"] for item in found["rejected"]] == [f"{sheet}:4"]


def test_an_odd_separator_is_obeyed_too(program: Program, tmp_path: Path) -> None:
    (tmp_path / "ids.csv").write_text(f"sep=|\na,b;c|NCT Number\n1,2|{ONE}\n3;4|{TWO}\n")
    assert program.json("import", tmp_path / "ids.csv", "--dry-run")["import"]["ids"] == 2


def test_what_only_sets_a_list_out_is_no_mistaken_id(program: Program, tmp_path: Path) -> None:
    """Bullets, bars and dashes for "none". A word with a letter or a digit is still named."""
    (tmp_path / "mail.txt").write_text(f"- {ONE}\n\u2022 {TWO} | {THREE}\n----\n* nonsense\n", encoding="utf-8")
    (tmp_path / "ids.csv").write_text(f"Title,NCT Number\na,{ONE}\nb,-\nc,{TWO} / {THREE}\n", encoding="utf-8")
    found = program.json("import", tmp_path / "mail.txt", tmp_path / "ids.csv", "--dry-run", expect=3)["import"]
    assert found["ids"] == 3
    assert [item["source"].rpartition("/")[2] for item in found["rejected"]] == ["mail.txt:4"]


def test_a_sheet_without_a_heading_keeps_its_first_row(program: Program, tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text(f"{ONE}\n{TWO}\n")
    (tmp_path / "two.csv").write_text(f"sep=;\nyes;{THREE}\n")
    found = program.json("import", tmp_path / "one.csv", tmp_path / "two.csv", "--dry-run")["import"]
    assert found["ids"] == 3


def test_names_between_nuls_are_names(program: Program, tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_bytes(f"{ONE}\0{TWO}\0".encode())
    assert program.json("import", tmp_path / "ids.txt", "--dry-run")["import"]["ids"] == 2


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("ids.txt", ONE.encode("utf-16-le")),
        ("ids.csv", f"id\n{ONE}\n".encode("utf-16-be")),
        ("ids.csv", f"id\0\n{ONE}\n".encode()),
        ("ids.txt", b"\xff\xfe" + ONE.encode("utf-16-le") + b"\0"),
        ("record.json", b"\xff\xfe" + b"{"),
    ],
)
def test_what_is_no_text_is_refused_with_the_step(program: Program, tmp_path: Path, name: str, body: bytes) -> None:
    (tmp_path / name).write_bytes(body)
    run = program.run("import", tmp_path / name, "-o", "json", expect=1)
    [rejected] = run.json["import"]["rejected"]
    assert rejected["source"] == str(tmp_path / name)
    assert "save it as UTF-8" in rejected["reason"] and "codec" not in rejected["reason"]


@pytest.mark.parametrize("save", [SAVED["utf-8 with a mark"], SAVED["powershell's utf-16"]])
def test_records_that_powershell_saved_are_records(
    program: Program, tmp_path: Path, save: Callable[[str], bytes]
) -> None:
    (tmp_path / "one.json").write_bytes(save(json.dumps(record(ONE))))
    (tmp_path / "two.jsonl").write_bytes(save(f"{json.dumps(record(TWO))}\n{json.dumps(record(THREE))}\n"))
    assert program.json("import", tmp_path / "one.json", tmp_path / "two.jsonl")["import"]["stored"] == 3


def test_an_anchor_that_powershell_copied_is_an_anchor(program: Program, tmp_path: Path) -> None:
    program.run("watch", ONE, "--no-backfill")
    anchor, copy = tmp_path / "anchor.json", tmp_path / "copy.json"
    program.run("verify", "--write-anchor", anchor)
    copy.write_bytes(b"\xff\xfe" + anchor.read_text().replace("\n", "\r\n").encode("utf-16-le"))
    assert program.json("verify", "--anchor", copy) == {"faults": []}
    copy.write_bytes(b"\xef\xbb\xbf" + anchor.read_bytes())
    assert program.json("verify", "--anchor", copy) == {"faults": []}
    copy.write_bytes(b"\xff\xfea")
    assert "save it as UTF-8" in program.error("verify", "--anchor", copy, code=2)[0]


def test_a_page_in_another_encoding_is_not_guessed(program: Program, tmp_path: Path) -> None:
    page = f"Grüße\nNCT ID: {ONE}\n"
    (tmp_path / "page.txt").write_bytes(page.encode("cp1252"))
    [rejected] = program.json("import", tmp_path / "page.txt", expect=1)["import"]["rejected"]
    assert rejected["reason"] == "cannot be read: line 1 holds a letter that is not UTF-8; save it as UTF-8"


@pytest.mark.fault("R-B11")
def test_each_cell_is_an_id_or_named_by_its_line(program: Program, tmp_path: Path) -> None:
    """Excel's lost zeros, a digit short, several in a cell, addresses, one trial in three spellings."""
    sheet = tmp_path / "ids.csv"
    cells = (ONE, f'"{ONE.lower()}, {TWO}"', f"https://clinicaltrials.gov/ct2/show/{THREE}", ONE[:-1], "5349331", "")
    sheet.write_text("NCT Number,Start\n" + "".join(f"{cell},2020-01-15\n" for cell in cells))
    found = program.json("import", sheet, "--dry-run", expect=3)["import"]
    assert found["watched"] == 3
    said = {item["source"].rpartition(":")[2]: item["reason"] for item in found["rejected"]}
    assert list(said) == ["5", "6"]
    assert "has 7 digits" in said["5"] and "did you mean NCT05349331?" in said["6"]


@pytest.mark.fault("R-B11")
def test_a_sheet_without_a_heading_names_its_bad_first_row(program: Program, tmp_path: Path) -> None:
    sheet = tmp_path / "ids.csv"
    sheet.write_text(f"NCT0534933,a\n{TWO},b\n")
    found = program.json("import", sheet, "--dry-run", expect=3)["import"]
    assert found["ids"] == 1 and [item["source"] for item in found["rejected"]] == [f"{sheet}:1"]
    sheet.write_text(f"{ONE},{TWO}\n{TWO},{THREE}\n")
    assert "--column" in program.run("import", sheet, expect=1).err
    assert program.json("import", sheet, "--column", "2", "--dry-run")["import"]["ids"] == 2


@pytest.mark.fault("R-B11")
def test_a_number_a_digit_short_is_watched_by_no_command(program: Program) -> None:
    for command in (("watch",), ("poll",), ("show",), ("similar", ONE, "--among"), ("unwatch",)):
        [sentence, *_] = program.error(*command, "NCT0534933", code=2)
        assert "has 7 digits" in sentence
    assert program.json("list") == {"trials": []}
    run = program.run("watch", f"{ONE},https://clinicaltrials.gov/study/{TWO}", "--no-backfill")
    assert [row["trial"] for row in run.lines] == [ONE, TWO]
    assert "takes one" in program.error("show", f"{ONE},{TWO}", code=2)[0]


def test_a_sheet_with_a_quote_that_is_not_closed_is_refused_by_its_line(program: Program, tmp_path: Path) -> None:
    """The rows behind such a quote would be part of its cell, and their ids would be lost."""
    sheet = tmp_path / "ids.csv"
    sheet.write_text(f'NCT Number,Title\n{ONE},"Tumors of 5\n{TWO},b\n{THREE},c\n')
    found = program.run("import", sheet, "-o", "json", expect=1).json["import"]
    [rejected] = found["rejected"]
    assert (found["ids"], rejected["source"]) == (0, str(sheet))
    assert rejected["reason"].startswith("cannot be read: line 2 opens a quote that is not closed")
