"""Every real record is read without a word of complaint, whatever the order of its lists."""

from __future__ import annotations

import random
from typing import Any

import orjson

from tracker.records.trial import TrialRecord
from tracker.registries.ctgov.content import content_hash, digests, light_hash
from tracker.registries.ctgov.normalize import normalize
from tracker.registries.ctgov.reader import READER
from tracker.registries.typed_reading import Warnings
from tracker.results.cycle import steps


def shuffled(value: Any, rng: random.Random) -> Any:
    if isinstance(value, dict):
        return {key: shuffled(item, rng) for key, item in value.items()}
    if isinstance(value, list):
        items = [shuffled(item, rng) for item in value]
        rng.shuffle(items)
        return items
    return value


def read(document: dict[str, Any]) -> tuple[TrialRecord, str]:
    parts = digests(document)
    return normalize(document, parts, Warnings()), content_hash(parts)


def test_all_real_records_are_read_without_a_warning(real_records: list[dict[str, Any]]) -> None:
    assert len(real_records) == 1434
    complaints = {record.trial: record.warnings for record in (read(raw)[0] for raw in real_records) if record.warnings}
    assert complaints == {}


def test_shuffled_lists_give_the_same_record_and_hash(real_records: list[dict[str, Any]]) -> None:
    rng = random.Random(20261122)
    differing = [
        raw["protocolSection"]["identificationModule"]["nctId"]
        for raw in real_records
        if read(raw) != read(shuffled(raw, rng))
    ]
    assert differing == []


def test_a_record_reads_back_from_what_show_prints(real_records: list[dict[str, Any]]) -> None:
    for raw in real_records:
        record, _ = read(raw)
        printed = orjson.loads(orjson.dumps(record.document()))
        assert TrialRecord.from_document(printed) == record


def test_a_record_without_hashes_and_its_milestones_are_the_same(real_records: list[dict[str, Any]]) -> None:
    for raw in real_records:
        record, _ = read(raw)
        assert READER.record(raw) == record, record.trial
        dates, results = READER.milestones(raw, record.results.state)
        assert (dates, steps(results)) == (record.dates, steps(record.results)), record.trial


def test_has_results_agrees_with_the_state_posted(real_records: list[dict[str, Any]]) -> None:
    for raw in real_records:
        record, _ = read(raw)
        assert (record.results.state == "posted") == raw["hasResults"], record.trial


def test_the_day_of_the_data_set_is_not_content(real_records: list[dict[str, Any]]) -> None:
    for raw in real_records[:200]:
        later = orjson.loads(orjson.dumps(raw))
        later["derivedSection"]["miscInfoModule"]["versionHolder"] = "2031-01-01"
        assert light_hash(later) == light_hash(raw)
        assert read(later)[1] == read(raw)[1]


def test_different_contents_have_different_hashes(real_records: list[dict[str, Any]]) -> None:
    hashes = [read(raw)[1] for raw in real_records]
    trials = [raw["protocolSection"]["identificationModule"]["nctId"] for raw in real_records]
    by_hash: dict[str, set[str]] = {}
    for trial, value in zip(trials, hashes, strict=True):
        by_hash.setdefault(value, set()).add(trial)
    assert all(len(found) == 1 for found in by_hash.values())
