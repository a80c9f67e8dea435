"""A text stays a text in the registry's query language, and what is no query is refused by name (faults B30, C17)."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracker.errors import UsageError
from tracker.registries.ctgov.query_language import MOST_WORDS, NAMES, notes, parse, quoted, sent

HOSTILE = ['" OR AREA[NCTId]MISSING', "a) OR (b", "ends in \\", '\\" OR \\"', "EXPANSION[None]x", "one\ntwo\x00three"]
PHRASE = r'"[^"\\\[\](){}\x00-\x1f]+"'


@pytest.mark.fault("B30")
@given(st.text())
@example(HOSTILE[0])
@example(HOSTILE[3])
def test_whatever_is_written_becomes_one_plain_phrase(text: str) -> None:
    phrase = quoted(text)
    assert phrase == "" or re.fullmatch(PHRASE, phrase)
    assert not re.search(r"\b(AND|OR|NOT|AREA|RANGE|MISSING|EXPANSION|COVERAGE|TILT|SEARCH)\b", phrase)
    assert len(phrase.split()) <= MOST_WORDS


def test_what_is_typed_becomes_the_registrys_own_parameters() -> None:
    typed = [
        "spons=Sun Yat-sen University",
        " COND = hepatocellular  carcinoma",
        "status=recruiting, not yet recruiting",
    ]
    pairs = parse(typed)
    assert pairs == (
        ("cond", "hepatocellular carcinoma"),
        ("spons", "Sun Yat-sen University"),
        ("status", "NOT_YET_RECRUITING|RECRUITING"),
    )
    assert sent(pairs) == {
        "query.cond": "hepatocellular carcinoma",
        "query.spons": "Sun Yat-sen University",
        "filter.overallStatus": "NOT_YET_RECRUITING|RECRUITING",
    }


def test_one_name_twice_is_either_and_the_registrys_names_are_understood_too() -> None:
    pairs = parse(
        ["query.cond=HCC", "cond=hepatoma", "cond=HCC", "filter.advanced=AREA[Phase]PHASE3", "aggFilters=sex:f"]
    )
    assert sent(pairs) == {
        "query.cond": "(HCC) OR (hepatoma)",
        "filter.advanced": "AREA[Phase]PHASE3",
        "aggFilters": "sex:f",
    }


def test_the_order_in_which_it_is_typed_does_not_matter() -> None:
    typed = ["cond=b", "intr=c", "cond=a", "geo=distance(39,-77.1,50mi)"]
    assert parse(typed) == parse(reversed(typed))


@pytest.mark.fault("R-A5")
@pytest.mark.parametrize(
    "text",
    [
        "heart attack OR stroke",
        "AREA[Phase]PHASE3",
        '"heart attack" AND NOT (stroke OR TIA)',
        "AREA[LastUpdatePostDate]RANGE[2026-08-09,MAX]",
        "NCT05349331 OR sorafenib",
        "PD-1/PD-L1",
    ],
)
def test_a_query_is_sent_as_it_was_typed(text: str) -> None:
    for name in ("cond", "term", "intr"):
        assert sent(parse([f"{name}={text}"])) == {NAMES[name]: text}


@pytest.mark.fault("R-A5")
@pytest.mark.parametrize("numbers", ["NCT05349331", "nct05349331, NCT3434379", '"NCT05349331" OR NCT03434379'])
def test_a_list_of_numbers_is_refused_with_the_way_to_watch_them(numbers: str) -> None:
    with pytest.raises(UsageError, match="trialwatch watch NCT05349331"):
        parse([f"term={numbers}", "status=recruiting"])


@pytest.mark.fault("R-A5")
def test_a_small_operator_is_named_as_the_word_it_is() -> None:
    assert "write OR" in notes(parse(["cond=heart attack or stroke"]))[0]
    assert notes(parse(["cond=heart attack OR stroke", 'titles="safety and efficacy"', "status=completed"])) == []


@pytest.mark.fault("R-A4")
def test_twelve_words_pass_and_thirteen_do_not() -> None:
    twelve = " ".join(f"w{number}" for number in range(12))
    assert sent(parse([f"cond={twelve}"])) == {"query.cond": twelve}
    assert sent(parse([f"cond=({twelve.replace(' w6', ') OR (w6')})"]))
    for typed in ([f"cond={twelve} w12"], [f"cond={twelve}", "cond=w12"], [f'cond="{twelve}" AND "w12"']):
        with pytest.raises(UsageError, match="13 words in all; the registry refuses more than 12"):
            parse(typed)


@pytest.mark.fault("C17")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("bogus=x", "one of the names cond, term, locn, titles, intr, outc, spons, lead, id, patient, status, geo"),
        ("hepatocellular carcinoma", "write name=text"),
        ("fields=NCTId", "no query"),
        ("cond=", "no words"),
        ("cond=()[]", "no words"),
        ("cond=" + "long " * 17, "17 words"),
        ("cond=(liver", "a ( without its )"),
        ("term=AREA[Phase", "a [ without its ]"),
        ('cond="liver cancer', "a quotation mark too many"),
        ("status=running", "RECRUITING"),
        ("geo=Paris", "distance("),
        ("agg=results:with&pageSize=1000", "results:with"),
        ("advanced=a\x00b", "no words"),
    ],
)
def test_what_is_no_query_is_refused_with_what_would_be(typed: str, said: str) -> None:
    with pytest.raises(UsageError) as error:
        parse([typed])
    assert said in error.value.message


def test_a_search_has_one_place() -> None:
    with pytest.raises(UsageError, match="once"):
        parse(["geo=distance(1,2,3mi)", "geo=distance(4,5,6mi)"])
