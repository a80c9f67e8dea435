"""A record that comes again byte for byte is not decoded again. Whatever else differs is read and compared in full."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlmodel import select

from storage.tables.models import TrialRow, WireHashRow
from tests.support.harness import IDS, ONE, THREE, TWO, Harness, is_list, json_text
from tests.support.registry.embedded_registry import Reply, Request, Study, as_page


def _wire_hashes(harness: Harness) -> dict[str, tuple[str, str]]:
    with harness.context.database.read() as session:
        return {row.trial: (row.light_hash, row.wire_hash) for row in session.exec(select(WireHashRow))}


def _decoded(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the trial of each record that is decoded from now on."""
    seen: list[str] = []
    registry = harness.context.registries["ctgov"]
    was = registry.light_hash

    def noted(document: Study) -> str:
        seen.append(document["protocolSection"]["identificationModule"]["nctId"])
        return was(document)

    monkeypatch.setattr(type(registry), "light_hash", staticmethod(noted))
    return seen


def _sent(harness: Harness, change: Any) -> None:
    """From now on lists come as `change` makes them of the registry's page."""

    def answer(request: Request) -> Reply | None:
        return change(json.loads(harness.registry.answer(request).body)) if is_list(request) else None

    harness.registry.faults = answer


def test_the_same_bytes_on_another_day_are_not_decoded(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    harness.settled(*IDS)
    known = _wire_hashes(harness)
    assert sorted(known) == IDS
    decoded = _decoded(harness, monkeypatch)
    harness.day()
    report = harness.poll()
    assert (report.outcome, report.unchanged, report.changed, decoded) == ("complete", len(IDS), 0, [])
    assert _wire_hashes(harness) == known
    head = harness.head(ONE)
    assert head.data_timestamp == harness.registry.data_timestamp


@pytest.mark.parametrize("day", ["2026-08-01", "2027-01-01", ""])
def test_another_day_than_that_of_the_data_changes_nothing(harness: Harness, day: str) -> None:
    """As when it was decoded: the day of one record is not the day of the data set."""
    harness.settled(*IDS)
    harness.day()
    for known in harness.registry.studies.values():
        known["derivedSection"]["miscInfoModule"]["versionHolder"] = day
    report = harness.poll()
    assert (report.outcome, report.unchanged, harness.kinds()) == ("complete", len(IDS), [])


def test_a_registry_that_fell_back_is_told_as_ever(harness: Harness) -> None:
    harness.settled(*IDS)
    harness.registry.data_timestamp = "2026-08-01T09:00:05"
    assert (harness.poll().checked, harness.kinds()) == (0, ["ops.stale"])


def test_reordered_keys_are_read_in_full_once(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    harness.settled(*IDS)
    harness.day()
    decoded = _decoded(harness, monkeypatch)
    _sent(harness, lambda page: as_page({**page, "studies": [dict(reversed(it.items())) for it in page["studies"]]}))
    report = harness.poll()
    assert (report.unchanged, harness.kinds(), sorted(decoded)) == (len(IDS), [], IDS)
    decoded.clear()
    harness.day()
    assert (harness.poll().unchanged, decoded) == (len(IDS), [])


def test_a_letter_more_is_told(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    harness.settled(*IDS)
    decoded = _decoded(harness, monkeypatch)
    for _ in range(3):
        harness.day()
        harness.module(TWO, "identificationModule")["briefTitle"] += "!"
        assert (harness.poll().changed, decoded) == (1, [TWO])
        decoded.clear()
    harness.day()
    assert (harness.poll().changed, decoded) == (0, [])


def test_back_to_what_was_before_is_a_change_too(harness: Harness) -> None:
    """The bytes of the first answer are known no longer: the current version came with others."""
    harness.settled(*IDS)
    title = harness.module(ONE, "identificationModule")["briefTitle"]
    for text in ("Another title", title):
        harness.day()
        harness.module(ONE, "identificationModule")["briefTitle"] = text
        assert harness.poll().changed == 1
    assert len(harness.versions(ONE)) == 3


def test_after_the_current_version_moved_it_is_compared_in_full(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import or a backfill may put another version last; the last answer is then not the current one."""
    harness.settled(*IDS)
    with harness.context.database.write() as session:
        row = session.get(TrialRow, ONE)
        assert row is not None
        row.light_hash = ""
    harness.day()
    decoded = _decoded(harness, monkeypatch)
    assert (harness.poll().outcome, decoded) == ("complete", [ONE])


def test_a_version_that_arrives_meanwhile_is_not_overlooked(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the answer and its transaction another process moved the current version: the trial stays due."""
    harness.settled(*IDS)
    harness.day()
    before = harness.head(ONE).data_timestamp
    fetched = harness.context.clients["ctgov"].fetch

    def slow(*given: Any) -> Any:
        for batch in fetched(*given):
            with harness.context.database.write() as session:
                row = session.get(TrialRow, ONE)
                assert row is not None
                row.light_hash = "moved"
            yield batch

    monkeypatch.setattr(harness.context.clients["ctgov"], "fetch", slow)
    report = harness.poll()
    assert (report.outcome, [it.trial for it in report.failed]) == ("partial", [ONE])
    assert "another version" in report.failed[0].reason
    assert harness.head(ONE).data_timestamp == before
    monkeypatch.undo()
    assert harness.poll().outcome == "complete"


@pytest.mark.parametrize("newer_first", [False, True])
def test_a_record_that_comes_twice_is_compared(harness: Harness, newer_first: bool) -> None:
    """Once as it was, once newer: the newer is kept."""
    harness.settled(*IDS)
    harness.day()
    today = harness.registry.data_timestamp[:10]

    def twice(page: Study) -> Reply:
        newer = json.loads(json.dumps(page["studies"][0]))
        newer["protocolSection"]["statusModule"] |= {
            "overallStatus": "COMPLETED",
            "lastUpdatePostDateStruct": {"date": today},
        }
        both = [newer, page["studies"][0]] if newer_first else [page["studies"][0], newer]
        return as_page({"studies": [*both, *page["studies"][1:]]})

    _sent(harness, twice)
    assert (harness.poll().changed, harness.versions(ONE)[-1].status) == (1, "COMPLETED")
    assert f"{ONE} came twice, with different content; the newer is kept" in harness.last_run().detail


@pytest.mark.parametrize("changed", [False, True])
def test_the_sound_copy_of_two_is_kept(harness: Harness, changed: bool) -> None:
    """Whether it is recognized or decoded."""
    harness.settled(*IDS)
    harness.day()
    if changed:  # other bytes, and nothing else: the sound copy is decoded
        harness.registry.studies[ONE] = dict(reversed(harness.registry.studies[ONE].items()))

    def both(request: Request) -> Reply | None:
        if not is_list(request):
            return None
        page = harness.registry.answer(request).body.decode()
        broken = f'{{"x":1,"x":2,"protocolSection":{{"identificationModule":{{"nctId":"{ONE}"}}}}}}'
        return json_text(page.replace("\n]", f",\n{broken}\n]"))

    harness.registry.faults = both
    assert (harness.poll().outcome, harness.quarantine(), harness.kinds()) == ("complete", [], [])
    assert f"{ONE} came twice" in harness.last_run().detail


def test_a_large_record_that_comes_twice_is_no_end_of_the_poll(harness: Harness) -> None:
    """It passes the bounds of a page, and has more marks than a record that is asked for alone may have."""
    harness.settled(*IDS)
    harness.registry.studies[ONE]["derivedSection"]["many"] = [{str(key): 1 for key in range(40_000)}] * 14
    harness.day()
    assert harness.poll().outcome == "complete"

    def twice(page: Study) -> Reply:
        newer = json.loads(json.dumps(page["studies"][0]))
        newer["protocolSection"]["statusModule"]["overallStatus"] = "COMPLETED"
        del newer["derivedSection"]["many"]
        return as_page({"studies": [*page["studies"], newer]})

    harness.day()
    _sent(harness, twice)
    assert harness.poll().outcome == "complete"


def test_a_day_in_another_place_is_content(harness: Harness) -> None:
    """Only in its own place is it the day of the data set. The content hash looks nowhere else."""
    harness.settled(*IDS)
    for day in ("2026-09-01", "2026-09-02"):
        harness.day()
        harness.registry.studies[ONE]["derivedSection"]["miscInfoModule"].pop("versionHolder")
        harness.registry.studies[ONE]["protocolSection"]["oddModule"] = {"versionHolder": day}
        assert harness.poll().changed == 1
    assert ONE not in {trial for trial, (light, _) in _wire_hashes(harness).items() if light == _light(harness, ONE)}


def _light(harness: Harness, trial: str) -> str:
    return harness.head(trial).light_hash


def test_it_comes_twice_the_same(harness: Harness) -> None:
    harness.settled(*IDS)
    harness.day()
    _sent(harness, lambda page: as_page({"studies": [*page["studies"], page["studies"][0]]}))
    report = harness.poll()
    assert (report.outcome, report.unchanged) == ("complete", len(IDS))


def test_a_trial_that_was_gone_is_told_to_be_back(harness: Harness) -> None:
    harness.settled(ONE, TWO, THREE)
    away = harness.registry.studies.pop(TWO)
    for _ in range(2):
        harness.day()
        harness.poll()
    assert harness.kinds() == ["trial.gone"]
    harness.registry.studies[TWO] = away
    harness.day()
    harness.poll()
    assert harness.kinds() == ["trial.back"]


def test_it_lifts_a_quarantine(harness: Harness) -> None:
    harness.settled(*IDS)
    harness.day()
    good = json.dumps(harness.registry.studies[ONE])

    def spoiled(request: Request) -> Reply | None:
        text = harness.registry.answer(request).body.decode()
        return (
            json_text(text.replace(f'"nctId":"{ONE}"', f'"nctId":"{ONE}","nctId":"{ONE}"'))
            if is_list(request)
            else None
        )

    harness.registry.faults = spoiled
    assert harness.poll().outcome == "partial"
    assert [row.trial for row in harness.quarantine()] == [ONE]
    harness.registry.faults = None
    assert json.dumps(harness.registry.studies[ONE]) == good
    harness.day()
    assert (harness.poll().outcome, harness.quarantine()) == ("complete", [])
