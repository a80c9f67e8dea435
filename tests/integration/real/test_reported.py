"""The posted results of real records: read without an exception and without a loss."""

from __future__ import annotations

import random
import re
from collections import Counter
from typing import Any

import orjson
import pytest

from tests.integration.real.edits.kit import Study
from tests.support.records.reported_writer import as_read, written_back
from tracker.records.results.reported import Reported, number_of
from tracker.registries.ctgov.results.reported import reported_of

Read = tuple[str, Study, Reported]


@pytest.fixture(scope="module")
def posted(real_records: list[dict[str, Any]]) -> list[Read]:
    found = []
    for record in real_records:
        reported = reported_of(record)
        if reported is not None:
            trial = record["protocolSection"]["identificationModule"]["nctId"]
            found.append((trial, record["resultsSection"], reported))
    return found


def sent(section: Study) -> Counter[str]:
    """What a section holds, counted in its own text: no walk of its objects, so no fault in common with the reader."""
    text = orjson.dumps(section).decode()
    measures = orjson.dumps(section.get("outcomeMeasuresModule", {})).decode()
    events = orjson.dumps(section.get("adverseEventsModule", {})).decode()
    return Counter(
        measures=measures.count('"reportingStatus":'),
        groups=len(re.findall(r'"id":"[A-Z]{2}\d{3}"', text)),
        # Apart from denominators, whose lists hold nothing but codes and counts, each group named is a value.
        values=re.sub(r'"counts":\[[^\]]*\]', "", measures).count('"groupId":'),
        analyses=measures.count('"groupIds":'),
        terms=events.count('"term":'),
        counts=events.count('"groupId":'),
        affected=len(re.findall(r'"numAffected":\d', events)),
        events=len(re.findall(r'"numEvents":\d', events)),
        p_values=measures.count('"pValue":'),
        comments=measures.count('"comment":'),
    )


def read(reported: Reported) -> Counter[str]:
    measures = list(reported.measures.values())
    cells = [it for one in measures for rows in one.rows.values() for row in rows.values() for it in row.values()]
    analyses = [it for one in measures for it in one.analyses.values()]
    counts = [it for one in reported.adverse_events.events.values() for it in one.counts.values()]
    listed = (reported.flow.groups, reported.baseline.groups, reported.adverse_events.groups)
    return Counter(
        measures=len(measures),
        groups=sum(map(len, listed)) + sum(len(it.groups) for it in measures),
        values=sum(it.value is not None for it in cells),
        analyses=len(analyses),
        terms=len(reported.adverse_events.events),
        counts=len(counts),
        affected=sum(it.affected is not None for it in counts),
        events=sum(it.events is not None for it in counts),
        p_values=sum(it.p_value is not None for it in analyses),
        comments=sum(it.comment is not None for it in cells),
    )


def test_nothing_is_missing_by_an_independent_count(posted: list[Read]) -> None:
    assert len(posted) >= 150
    counted = [(trial, sent(section), read(it)) for trial, section, it in posted]
    assert [(trial, there - here, here - there) for trial, there, here in counted if there != here] == []


def test_what_is_written_back_is_what_was_sent(posted: list[Read]) -> None:
    """In the same order, with the same codes of groups: only flags that are false are left out."""
    assert [trial for trial, section, it in posted if written_back(it) != as_read(section)] == []


def test_the_order_of_lists_and_the_codes_of_groups_say_nothing(posted: list[Read]) -> None:
    rng = random.Random(20261129)

    def shuffle(value: Any) -> None:
        for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            shuffle(item)
        if isinstance(value, list):
            rng.shuffle(value)

    for trial, section, reported in posted:
        other = orjson.loads(re.sub(rb'"(OG|FG|BG|EG)(\d{3})"', rb'"\g<1>9\g<2>"', orjson.dumps(section)))
        shuffle(other)
        assert reported_of({"resultsSection": other}) == reported, trial


def test_every_number_is_read_as_one(posted: list[Read]) -> None:
    """A value is a number, or a word that the registry asks to be explained."""
    words = Counter(
        cell.value
        for _, _, it in posted
        for one in it.measures.values()
        for rows in one.rows.values()
        for row in rows.values()
        for cell in row.values()
        if number_of(cell.value) is None
    )
    assert set(words) == {"NA"}
