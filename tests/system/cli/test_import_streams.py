"""import of streams: what they hold is decided by their beginning, within the bounds of files."""

from __future__ import annotations

import gzip
import json
import os
import pty
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from tests.support.program.program import COMMAND, Program, record
from tests.system.cli.conftest import ONE, THREE, TWO

PAGE = b"<!doctype html><html><head><title>x</title></head><body><p>nothing of a trial</p></body></html>"


def fed(program: Program, data: bytes, *words: str, name: str = "-", code: int = 0) -> Any:
    """Return the answer to an import of what comes through a pipe."""
    command = [*COMMAND, "import", name, *words, "-o", "json"]
    run = subprocess.run(command, input=data, env=program.environment(), capture_output=True, check=False)
    assert (run.returncode, b"Traceback" in run.stderr) == (code, False), run
    return json.loads(run.stdout)


def shell(program: Program, line: str, *, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of bash. `trialwatch` is the program."""
    setup = f'trialwatch() {{ "{sys.executable}" -m tracker "$@"; }}\n'
    command = ["bash", "-c", setup + line]
    return subprocess.run(command, cwd=cwd, env=program.environment(), capture_output=True, text=True, check=False)


def watched(program: Program) -> set[str]:
    return {row["trial"] for row in program.json("list")["trials"]}


def lines(*records: Any) -> bytes:
    return b"".join(json.dumps(it).encode() + b"\n" for it in records)


RECORDS = [record(trial) for trial in (ONE, TWO, THREE)]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (f"{ONE}\n{TWO.lower()}\n{THREE}\n".encode(), {"ids": 3}),
        (f"# our trials, 2026\n\n{ONE}, {TWO}\n{THREE} # the last\n".encode(), {"ids": 3}),
        (f"{ONE}\0{TWO}\0".encode(), {"ids": 2}),
        (f"NCT Number,Title\n{ONE},A study of 5 things\n{TWO},Another\n".encode(), {"ids": 2}),
        (f"Title;trial\nWith, comma;{ONE}\nOther;{TWO}\n".encode(), {"ids": 2}),
        (f"nct\n{ONE}\n{TWO}\n".encode(), {"ids": 2}),
        (f'"{ONE}","First"\n"{TWO}","Second"\n'.encode(), {"ids": 2}),
        (f"{ONE},Some title\n{TWO},Other title\n".encode(), {"ids": 2}),
        (f"\ufefftrial,note\r\n{ONE},Ärzte\r\n".encode("utf-16-le"), {"ids": 1}),
        (f"trial,note\n{ONE},Ärzte\n".encode("cp1252"), {"ids": 1}),
        (json.dumps(RECORDS[0]).encode(), {"records": 1}),
        (json.dumps(RECORDS, indent=2).encode(), {"records": 3}),
        (json.dumps(RECORDS[0], indent=2).encode(), {"records": 1}),
        (b"\n  " + json.dumps({"studies": RECORDS}).encode(), {"records": 3}),
        (lines(*RECORDS), {"records": 3}),
        (b"\xef\xbb\xbf" + lines(RECORDS[0]) + b"\r\n\r\n" + lines(RECORDS[1]), {"records": 2}),
    ],
    ids=["ids", "comments", "nul", "csv", "semicolons", "one column", "quoted", "no heading", "utf-16", "cp1252",
         "record", "list", "pretty", "page", "jsonl", "marked jsonl"],
)  # fmt: skip
def test_the_beginning_says_what_a_stream_is(program: Program, data: bytes, found: dict[str, int]) -> None:
    told = fed(program, data, "--dry-run")["import"]
    assert {name: told[name] for name in ("ids", "records") if told[name]} == found
    assert told["rejected"] == [] and told["files"] == 1


@pytest.mark.parametrize("name", ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"])
def test_standard_input_has_names(program: Program, tmp_path: Path, name: str) -> None:
    told = fed(program, f"{ONE}\nNCT123\n".encode(), name=name, code=3)["import"]
    assert watched(program) == {ONE}
    assert [it["source"] for it in told["rejected"]] == ["standard input:2"]


def test_a_file_and_a_stream_are_imported_as_the_same(program: Program, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(f"trial,title\n{ONE},A\nNCT12,B\n{TWO},C\n")
    ways = {
        "file": "trialwatch import x.csv -o json",
        "redirected": "trialwatch import - -o json <x.csv",
        "device": "trialwatch import /dev/stdin -o json <x.csv",
        "pipe": "cat x.csv | trialwatch import - -o json",
        "substituted": "trialwatch import <(cat x.csv) -o json",
    }
    told = {way: shell(program, f"{line} --dry-run", cwd=tmp_path) for way, line in ways.items()}
    assert {way: run.returncode for way, run in told.items()} == dict.fromkeys(ways, 3)
    answers = {way: json.loads(run.stdout)["import"] for way, run in told.items()}
    for way, answer in answers.items():
        [reject] = answer["rejected"]
        source, line = reject.pop("source").rsplit(":", 1)
        start = {"file": "x.csv", "substituted": "/dev/fd/"}.get(way, "standard input")
        assert source.startswith(start) and line == "3"
        assert answer["contents"].pop()["what"] == "2 ids, 1 thing that cannot be imported"
        assert answer == answers["file"]


def test_several_streams_and_files_at_once(program: Program, tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text(ONE)
    line = f"echo {TWO} | trialwatch import x.txt - /dev/stdin <(echo {THREE}) --tag ours -o table"
    run = shell(program, line, cwd=tmp_path)
    assert "3 files read: 3 ids, 0 records." in run.stdout, run
    assert watched(program) == {ONE, TWO, THREE}


@pytest.mark.parametrize("data", [b"", b"\n\n", b"# nothing yet\n"])
def test_an_empty_stream_is_said(program: Program, data: bytes) -> None:
    told = fed(program, data, code=2)["error"]
    assert told["message"].startswith("Nothing to import was found there")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"NTC00000001\nNCT00000002\n", "NTC00000001"),
        (b"what is this\nand that\n", "no column with trial ids"),
        (b'{"a": 1}', "not a record"),
        (b'[{"protocolSection": ', "JSON"),
        (PAGE, "page"),
        (b"PK\x03\x04rest", "save the sheet as csv"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "spreadsheet of an old kind"),
        (gzip.compress(b"NCT00000001", mtime=0), "gunzip -c FILE | trialwatch import -"),
        (b"%PDF-1.7", "PDF"),
        (b"\x00\x01\x00\x00", "UTF-16"),
    ],
    ids=["typing error", "words", "object", "cut short", "page", "xlsx", "xls", "gzip", "pdf", "bytes"],
)
def test_what_a_stream_cannot_be_is_refused_in_words(program: Program, data: bytes, why: str) -> None:
    told = fed(program, data, code=3 if b"NCT00000002" in data else 1)["import"]
    assert [why in it["reason"] for it in told["rejected"]] == [True], told["rejected"]
    assert told["rejected"][0]["source"].startswith("standard input")


@pytest.mark.parametrize("name", ["x.xlsx", "x.csv", "x"])
def test_a_spreadsheet_is_named_whatever_its_ending(program: Program, tmp_path: Path, name: str) -> None:
    sheet = BytesIO()
    with zipfile.ZipFile(sheet, "w") as parts:
        parts.writestr("xl/workbook.xml", "x")
    (tmp_path / name).write_bytes(sheet.getvalue())
    run = program.run("import", tmp_path / name, expect=1)
    assert "save the sheet as csv" in run.err


def test_a_stream_has_the_bounds_of_a_file(program: Program, tmp_path: Path) -> None:
    run = shell(program, "trialwatch import - -o json </dev/zero", cwd=tmp_path)
    [told] = json.loads(run.stdout)["import"]["rejected"]
    assert told == {"source": "standard input", "reason": "larger than 256 MB; cut it into several files"}


def test_a_stream_that_is_not_open_is_refused(program: Program, tmp_path: Path) -> None:
    for line in ("trialwatch import - <&-", "trialwatch import /dev/fd/77"):
        run = shell(program, line, cwd=tmp_path)
        assert run.returncode == 2 and "is not open. Name a file or a folder." in run.stderr, run
    # Descriptors of the program itself are none of its input.
    for number in (3, 5, 9):
        assert shell(program, f"trialwatch import /dev/fd/{number}", cwd=tmp_path).returncode == 2
    os.mkfifo(tmp_path / "pipe")
    run = shell(program, "trialwatch import pipe", cwd=tmp_path)
    assert run.returncode == 2
    assert (
        "is not a plain file. Name a file or a folder, or pass it as a stream: trialwatch import - <..." in run.stderr
    )


def test_a_terminal_is_told_what_to_type(program: Program) -> None:
    assert "Type or paste ids, one a line. End with Ctrl-D" in typed(program, f"{ONE}\n\x04")
    assert watched(program) == {ONE}


def typed(program: Program, text: str) -> str:
    """Return what a person sees who imports from the keyboard and types `text`."""
    ours, theirs = pty.openpty()
    command = [*COMMAND, "import", "-"]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=program.environment()):
        os.close(theirs)
        os.write(ours, text.encode())
        seen = b""
        try:
            while piece := os.read(ours, 65536):
                seen += piece
        except OSError:  # Linux reports it when the other end is closed
            os.close(ours)
    return seen.decode()
