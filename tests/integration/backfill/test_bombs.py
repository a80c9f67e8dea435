"""Files that hold more than any export: they are read up to a bound, and the last reject names it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.records.strategies import study
from tracker.backfill.files import csv_rows, file_reader
from tracker.backfill.files.file_items import FoundId, FoundItem, FoundRecord, UnusableItem
from tracker.backfill.files.file_reader import found_in
from tracker.registries.trialpage import is_page_text
from tracker.registries.value_count import MOST_VALUES

pytestmark = pytest.mark.fault("R-G4")
RECORD = json.dumps(study()).encode()

BOMBS = {
    "lists.json": (b"[" + b"[]," * 2_000_000 + b"[]]", "more than 10,000 things in it cannot be imported"),
    "objects.json": (b"[" + b"{}," * 2_000_000 + b"{}]", "more than 10,000 things in it cannot be imported"),
    "page.json": (b'{"studies":[' + b"{}," * 2_000_000 + b"{}]}", "more than 10,000 things in it cannot be imported"),
    "one.json": (b'{"protocolSection":[' + b"[]," * MOST_VALUES + b"[]]}", "more than 1,000,000 values"),
    "keys.json": (
        b"{" + b",".join(b'"%d":0' % number for number in range(600_000)) + b"}",
        "more than 50,000 keys in one object",
    ),
    "empty.jsonl": (b"\n" * 2_000_001, "more than 2,000,000 lines"),
    "bad.jsonl": (b"{}\r" * 20_000, "more than 10,000 things in it cannot be imported"),
    "bomb.jsonl": (b"[" + b"0," * MOST_VALUES + b"[" + b"0," * MOST_VALUES + b"0]]", "more than 10,000 things"),
    "wide.csv": (b"a," * 1_000_000, "a row has more than 100,000 cells"),
    "folded.csv": (b"nct\n" + b'"' + b'\n",,,"' * 60_000, "a row has more than 100,000 cells"),
    "long.csv": (b"a\r\n" * 2_000_001, "more than 2,000,000 lines"),
    "words.txt": (b"x," * 100_000, "more than 10,000 things in it cannot be imported"),
    "empty.txt": (b"\n" * 2_000_001, "more than 2,000,000 lines"),
    "page.html": (b"<a>" * 3_000_000, "the page is larger than 8 MB"),
}


def all_in(path: Path, data: bytes) -> list[FoundItem]:
    path.write_bytes(data)
    return list(found_in(path, None))


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_in_a_file_ends_with_its_bound(tmp_path: Path, name: str) -> None:
    data, reason = BOMBS[name]
    found = all_in(tmp_path / name, data)
    assert len(found) <= file_reader.MOST_REJECTED + 1
    last = found[-1]
    assert isinstance(last, UnusableItem)
    assert last.source.startswith(str(tmp_path / name))
    assert reason in last.reason


@pytest.mark.parametrize("form", [b"[%b]", b'{"totalCount": 1, "studies": [%b]}'])
def test_records_before_a_bomb_are_read(tmp_path: Path, form: bytes) -> None:
    bomb = b'{"protocolSection": {"x": [' + b"{}," * MOST_VALUES + b"{}]}}"
    crowded = b'{"protocolSection": {"x": [' + b"0," * 60_000 + b"0]}}"
    found = all_in(tmp_path / "a.json", form % b", ".join([RECORD, crowded, RECORD, bomb, RECORD]))
    assert [type(item) for item in found] == [FoundRecord, UnusableItem, FoundRecord, UnusableItem]
    assert [item.reason for item in found if isinstance(item, UnusableItem)] == [
        "more than 50,000 items in one list",
        "a record or answer that holds more than 1,000,000 values, as none does; leave it out "
        "(what is behind it was not read)",
    ]


def test_an_export_beyond_the_bound_of_a_record_is_read_whole(tmp_path: Path) -> None:
    many = [json.dumps(study(conditionsModule={"keywords": ["x,"] * 20_000})) for _ in range(60)]
    found = all_in(tmp_path / "a.json", f"[{','.join(many)}]".encode())
    assert [type(item) for item in found] == [FoundRecord] * 60
    assert [item.source.rpartition("#")[2] for item in found] == [str(it) for it in range(1, 61)]


def test_lines_end_as_ever_and_keep_their_numbers(tmp_path: Path) -> None:
    data = b"\n".join([RECORD, b"", b" ", RECORD + b"\r" + RECORD + b"\r"]) + b"\n5"
    found = all_in(tmp_path / "a.jsonl", data)
    assert [item.source.rpartition(":")[2] for item in found] == ["1", "4", "5", "6"]
    assert len(data.splitlines()) == 6


def test_more_ids_than_any_registry_has_are_read_up_to_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_reader, "MOST_FOUND", 100)
    found = all_in(tmp_path / "a.txt", b"".join(b"NCT%08d\n" % it for it in range(1, 102)))
    assert [isinstance(item, FoundId) for item in found] == [True] * 100 + [False]
    assert "more than 100 things are in it; the rest was not read" in str(found[-1])


def test_a_row_of_many_commas_in_its_texts_is_read(tmp_path: Path) -> None:
    text = b"nct,title\n" + b'NCT00000001,"' + b"a, " * 20_000 + b'"\n' + b"NCT00000002,b\n" * 100_000
    assert len(list(csv_rows.rows_of(text.decode()))) == 100_002


def test_blank_lines_before_no_id_cost_their_number() -> None:
    assert not is_page_text("\n" * 100_000 + "x")
    assert not is_page_text(("NCT ID" + " " * 1_000 + "x\n") * 100)
    assert is_page_text("Title\n  NCT ID :\n NCT00000001")
    assert is_page_text("NCT ID\nNCT00000001") and is_page_text("a\n\tnct id: NCT00000001")
