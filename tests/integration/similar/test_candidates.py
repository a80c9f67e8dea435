"""Queries are quoted, bounded, and say what they leave out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.records.similar_factories import nct, trial
from tests.support.registry.refusing_edge import words
from tracker.demo.registry_search import search
from tracker.errors import Refused, RegistryError, ServerTrouble
from tracker.records.trial import Intervention, Mesh
from tracker.registries.answers import RawTrial
from tracker.registries.ctgov.query_language import ESSIE, quoted
from tracker.similar.candidates import Bounds, Gathered, Query, by_field, by_phrase, gather

HOSTILE = ['" OR AREA[NCTId]MISSING', "a) OR (b", "ends in \\", '\\" OR \\"', "EXPANSION[None]x", "one\ntwo\x00three"]


@given(st.text())
@example(HOSTILE[0])
@example(HOSTILE[3])
def test_whatever_is_written_becomes_one_plain_phrase(text: str) -> None:
    phrase = quoted(text)
    assert phrase == "" or re.fullmatch(r'"[^"\\\[\](){}\x00-\x1f]+"', phrase)
    assert not re.search(r"\b(AND|OR|NOT|AREA|RANGE|MISSING|EXPANSION|COVERAGE|TILT|SEARCH)\b", phrase)
    assert len(phrase.split()) <= 12


def test_a_phrase_finds_what_it_was_made_of() -> None:
    for text in ["Hepatocellular Carcinoma (HCC)", "PD-1/PD-L1 inhibitor", "Crohn's disease", "5% glucose", *HOSTILE]:
        record = {
            "protocolSection": {"identificationModule": {"nctId": nct(1)}, "conditionsModule": {"conditions": [text]}}
        }
        assert search([record], {"query.cond": quoted(text)}) == [record], text


def test_nothing_to_search_for_is_no_query() -> None:
    assert quoted(" -- ()[] ") == ""
    assert by_field(ESSIE, trial(1, conditions=("()",))) == ([], [])


def test_the_fields_of_the_seed_each_give_a_search() -> None:
    seed = trial(
        1,
        conditions=("Liver Cancer", "liver cancer"),
        keywords=("hepatectomy",),
        interventions={"x": Intervention("Sorafenib")},
        mesh=Mesh(conditions=("Liver Neoplasms",)),
    )
    queries, left_out = by_field(ESSIE, seed)
    assert left_out == []
    assert [dict(query.params) for query in queries] == [
        {"query.cond": '"liver cancer"'},
        {"query.cond": '"liver neoplasms"'},
        {"query.intr": '"sorafenib"', "query.cond": '"liver cancer" OR "liver neoplasms"'},
        {"query.intr": '"sorafenib"'},
        {"query.term": '"hepatectomy"'},
    ]


def test_too_many_conditions_are_cut_with_a_word() -> None:
    queries, left_out = by_field(
        ESSIE, trial(1, conditions=tuple(f"Disease {number}" for number in range(9))), Bounds(texts=4)
    )
    assert len(queries) == 4
    assert left_out == ["only 4 of its 9 conditions were searched for"]


def test_phrases_are_searched_as_they_are_written() -> None:
    seed = trial(1, "Conversion therapy, and the clinical complete response", summary="therapy of the liver")
    found = by_phrase(ESSIE, seed, ["liver", "convers therapi", "therapi and", "complet respons", "respons therapi"])
    assert [query.params["query.term"] for query in found] == ['"conversion therapy"', '"complete response"']


class Shelf:
    """A registry's client that finds the same for every search, or fails."""

    def __init__(self, count: int = 0, *errors: RegistryError | None) -> None:
        self.count, self.errors = count, list(errors)
        self.asked: list[tuple[Mapping[str, str], int]] = []

    def search(self, params: Mapping[str, str], limit: int) -> Iterator[RawTrial]:
        self.asked.append((params, limit))
        first = len(self.asked) * 100
        yield from (RawTrial(nct(first + number), {}, "") for number in range(min(limit, self.count)))
        if self.errors and (error := self.errors.pop(0)) is not None:
            raise error


QUERIES = [Query(f"the condition {name}", {"query.cond": name}) for name in "abc"]


def test_a_search_is_cut_at_its_bound_with_a_word_and_the_best_come_first() -> None:
    shelf, found = Shelf(5), Gathered()
    gather(shelf, ESSIE, QUERIES[:1], found, bounds=Bounds(records=4))
    assert len(found.records) == 4
    assert found.notices == ["the search for the condition a found more than 4; the rest was not read"]
    [(params, limit)] = shelf.asked
    assert (params["query.cond"], params["sort"], limit) == ("a", "@relevance", 5)
    assert "BriefTitle" not in params["fields"] and "DescriptionModule" in params["fields"]
    assert "ContactsLocationsModule" not in params["fields"]


def test_a_search_that_ends_at_its_bound_was_not_cut() -> None:
    found = Gathered()
    gather(Shelf(4), ESSIE, QUERIES[:1], found, bounds=Bounds(records=4))
    assert (len(found.records), found.notices) == (4, [])


def test_the_whole_is_bounded_with_a_word() -> None:
    found = Gathered()
    gather(Shelf(3), ESSIE, QUERIES, found, bounds=Bounds(total=5))
    assert len(found.records) == 6
    assert found.notices == ["6 trials were read, and 5 are enough: 1 search was not made"]


def test_a_refused_search_is_skipped_and_silence_ends_them() -> None:
    shelf, found = Shelf(2, Refused("bad query"), ServerTrouble("500")), Gathered()
    gather(shelf, ESSIE, QUERIES, found)
    assert len(shelf.asked) == 2 and len(found.records) == 4
    assert found.notices == ["the search for the condition a was refused: bad query"]
    assert isinstance(found.error, ServerTrouble)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_fields_stay_words(text: str) -> None:
    queries, _ = by_field(
        ESSIE, trial(1, conditions=(text,), keywords=(text,), interventions={"x": Intervention(text)})
    )
    assert queries
    for query in queries:
        for value in query.params.values():
            assert re.fullmatch(r'"[^"\\\[\]()]*"', value), value


@pytest.mark.fault("R-A4")
def test_no_part_of_a_search_has_more_than_twelve_words() -> None:
    long = "acute and chronic liver failure with ascites and hepatic encephalopathy in adult patients on a waiting list"
    seed = trial(
        1,
        conditions=(long, "Liver Cancer", "Cirrhosis of the liver and the bile ducts"),
        keywords=(long,),
        interventions={"x": Intervention(long), "y": Intervention("Sorafenib")},
    )
    queries, left_out = by_field(ESSIE, seed)
    assert {words(part) for query in queries for part in query.params.values()} <= set(range(1, 13))
    assert "of 1 long condition only the first 12 words were searched for" in left_out
    assert "its interventions were searched for with 1 of its 3 conditions" in left_out


@pytest.mark.fault("R-A4")
def test_many_short_conditions_fill_one_part_and_no_more() -> None:
    seed = trial(
        1, conditions=tuple(f"Rare disease {number}" for number in range(6)), interventions={"x": Intervention("Drug")}
    )
    queries, left_out = by_field(ESSIE, seed)
    [both] = [query.params for query in queries if len(query.params) == 2]
    assert words(both["query.cond"]) == 12
    assert left_out == ["its interventions were searched for with 4 of its 6 conditions"]
