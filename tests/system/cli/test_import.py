"""import: ids to watch and records to keep, from whatever people have saved."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest

from tests.support.paths import SHARED
from tests.support.program.program import Program, record, update
from tests.support.registry.embedded_registry import Study
from tests.system.cli.conftest import ONE, THREE, TWO

REAL = SHARED / "data" / "ctgov" / "records"


def versions_of_one() -> list[Study]:
    """Four downloads of one trial: on the last nothing had changed."""
    made = []
    for day, seen, status in (
        ("2026-01-10", "2026-01-12", "NOT_YET_RECRUITING"),
        ("2026-02-10", "2026-02-11", "RECRUITING"),
        ("2026-03-10", "2026-03-20", "COMPLETED"),
        ("2026-03-10", "2026-04-20", "COMPLETED"),
    ):
        each = record(ONE)
        update(each, day, overallStatus=status)
        each["derivedSection"]["miscInfoModule"]["versionHolder"] = seen
        made.append(each)
    return made


def test_lists_of_ids(program: Program, tmp_path: Path) -> None:
    """txt and csv: watched, with tags; what is no id is named with its line."""
    words = tmp_path / "ids.txt"
    words.write_text(f"\ufeff{ONE.lower()}, {TWO}  # two at once\n\nnonsense\n")
    sheet = tmp_path / "ids.csv"
    sheet.write_text(f"\ufeffname,The id\nx,{THREE}\ny,\n", encoding="utf-8")
    dry = program.json("import", words, sheet, "--dry-run", expect=3)["import"]
    assert (dry["ids"], dry["watched"], dry["dry_run"]) == (3, 3, True) and program.json("list") == {"trials": []}
    run = program.run("import", words, sheet, "--column", "The id", "--tag", "mine", "-o", "json", expect=3)
    assert run.json["import"]["rejected"] == [
        {"source": f"{words}:3", "reason": "'nonsense' is not an NCT number, such as NCT05349331"}
    ]
    assert "ids.txt:3" in run.err
    assert [(row["trial"], row["tags"]) for row in program.run("list").lines] == [
        (trial, ["mine"]) for trial in (ONE, TWO, THREE)
    ]
    wrong = program.run("import", sheet, "--column", "nope", "-o", "table", expect=1)
    assert "--column" in wrong.err and "The id" in wrong.err


@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_a_sheet_as_spreadsheets_write_it(program: Program, tmp_path: Path, between: str) -> None:
    sheet = tmp_path / "ids.csv"
    rows = (("NCT Number", "Title"), ("", "none yet"), (ONE, "a, b"), (TWO, "c"))
    sheet.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(between.join(f'"{it}"' for it in row) for row in rows).encode())
    assert program.json("import", sheet, "--dry-run")["import"]["ids"] == 2


def test_rows_longer_than_their_heading_are_named_and_no_fault(program: Program, tmp_path: Path) -> None:
    sheet = tmp_path / "ids.csv"
    sheet.write_text("a,b\n1,2,3\n")
    assert "no column with trial ids" in program.run("import", sheet, expect=1).err


def test_a_folder_of_downloads_in_any_order_is_one_history(tmp_path: Path) -> None:
    told = []
    for name, order in (("forward", (0, 1, 2, 3)), ("backward", (3, 2, 1, 0)), ("one by one", (2, 0, 3, 1))):
        folder = tmp_path / name / "downloads"
        folder.mkdir(parents=True)
        program = Program(tmp_path / name / "home")
        for place, number in enumerate(order):
            file = folder / f"{place}.json"
            file.write_text(json.dumps(versions_of_one()[number]))
            if name == "one by one":
                program.run("import", file)
        program.run("import", folder)
        again = program.run("import", folder).lines[0]
        assert (again["stored"], again["already"]) == (0, 4)
        rows = program.json("history", ONE)["versions"]
        told.append([(row["effective"], row["status"], row["source"]) for row in rows])
        assert all(row["backfilled"] for row in program.run("changes").lines)
        assert program.json("list") == {"trials": []}, "not watched unless asked"
        assert program.json("verify") == {"faults": []}
    assert told[0] == [
        ("2026-01-10", "NOT_YET_RECRUITING", "import"),
        ("2026-02-10", "RECRUITING", "import"),
        ("2026-03-10", "COMPLETED", "import"),
    ]
    assert told[0] == told[1] == told[2]


def test_pages_lines_and_rejects(program: Program, tmp_path: Path) -> None:
    first, second = record(TWO), record(THREE)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "page.json").write_text(json.dumps({"studies": [first, {"protocolSection": {}}, 7]}))
    (tmp_path / "in" / "lines.jsonl").write_text(f"{json.dumps(second)}\n\n{{oops\n")
    (tmp_path / "in" / "photo.png").write_text("not looked at")
    found = program.json("import", tmp_path / "in", "--watch", expect=3)["import"]
    assert found | {"files": 2, "records": 2, "stored": 2, "trials": 2, "watched": 2} == found
    sources = [item["source"].rpartition("/")[2] for item in found["rejected"]]
    assert sources == ["lines.jsonl:3", "page.json#2", "page.json#3"]
    assert [row["version"] for row in program.run("list").lines] == [1, 1]
    since = program.run("changes", "--since", "2026-01-15", "--until", "2026-01-15").lines
    assert {row["kind"] for row in since} == {"trial.first_seen"}, "backfilled ones by the day they took effect"
    (tmp_path / "empty").mkdir()
    assert "jsonl" in program.error("import", tmp_path / "empty", code=2)[0]


@pytest.mark.skipif(not REAL.is_dir(), reason="the optional folder of real records (../shared/data/ctgov) is not here")
def test_real_downloads_in_any_order(tmp_path: Path) -> None:
    by_trial: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(REAL.glob("*.json")):
        by_trial[path.name[:11]].append(path)
    some = [paths for paths in by_trial.values() if len(paths) > 1][:6]
    timelines = []
    for name, order in (("forward", 1), ("backward", -1)):
        program = Program(tmp_path / name)
        files = [path for paths in some for path in paths][::order]
        program.run("import", *files)
        timelines.append(
            [
                [(row["effective"], row["status"], row["sha256"]) for row in program.json("history", trial)["versions"]]
                for trial in sorted(paths[0].name[:11] for paths in some)
            ]
        )
        assert program.json("verify") == {"faults": []}
    assert timelines[0] == timelines[1] and max(map(len, timelines[0])) > 1


def test_what_is_there_twice_is_taken_once_and_named(program: Program, tmp_path: Path) -> None:
    ids = tmp_path / "ids.txt"
    ids.write_text(f"{ONE}\n{TWO}\n{ONE.lower()}\n")
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(json.dumps(record(THREE)))
    found = program.json("import", ids, tmp_path / "a.json", tmp_path / "b.json")["import"]
    assert found["ids"] == 2 and found["stored"] == 1
    assert found["duplicates"] == [
        {"source": f"{ids}:3", "of": ONE},
        {"source": str(tmp_path / "b.json"), "of": f"the same as {tmp_path / 'a.json'}"},
    ]


def test_a_record_without_days_has_a_day_wherever_it_is_shown(program: Program, tmp_path: Path) -> None:
    document = record(ONE)
    document["protocolSection"]["statusModule"] = {"overallStatus": "RECRUITING"}
    document.pop("derivedSection")
    (tmp_path / "one.json").write_text(json.dumps(document))
    program.run("import", tmp_path / "one.json")
    [change] = program.run("changes", "--since", "2026-08-01").lines
    assert change["effective"]
    assert "in effect from." not in program.run("cite", ONE).out


LEFT = {"packed.json.gz": "unpack", "records.ZIP": "unpack", "ids.xlsx": "save the sheet as csv", "old.xls": "as csv"}


def test_files_of_a_folder_that_are_not_read_are_named_with_the_next_step(program: Program, tmp_path: Path) -> None:
    folder = tmp_path / "downloads"
    (folder / "deep").mkdir(parents=True)
    for name in LEFT:
        (folder / "deep" / name).write_bytes(b"...")
    (folder / "deep" / "photo.png").write_bytes(b"...")
    nothing = program.run("import", folder, expect=2).err
    assert "Nothing to import" in nothing and "packed.json.gz: it is packed" in nothing
    (folder / f"{ONE}.json").write_text(json.dumps(record(ONE)))
    run = program.run("import", folder, "-o", "json")
    remarks = run.json["import"]["remarks"]
    assert {Path(it["source"]).name for it in remarks} == set(LEFT)
    for it in remarks:
        assert LEFT[Path(it["source"]).name] in it["remark"] and f"{it['source']}: {it['remark']}" in run.err
    assert run.json["import"]["files"] == 1


def test_a_sheet_between_tabs_is_read(program: Program, tmp_path: Path) -> None:
    (tmp_path / "ids.tsv").write_text(f"Title, short\tNCT Number\na, b\t{ONE}\nc\t{TWO}\n")
    assert program.json("import", tmp_path, "--dry-run")["import"]["ids"] == 2
