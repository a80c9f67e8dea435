"""Keys of reported things: words of the thing itself, told apart by their signs."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.records.results.reported_keys import NO_TITLE, by_key, key, put


class Thing(msgspec.Struct, frozen=True):
    title: str
    frame: str = ""
    value: int = 0


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("PSA < 0.1", "PSA >= 0.1"),
        ("CD16+ CD56-", "CD16- CD56+"),
        ("1", "> 1"),
        ("High School", "> High School"),
        ("10 %", "10"),
        ("-5 to 0", "5 to 0"),
        ("1.5 mg", "15 mg"),
        ("Week 1", "Week 12"),
    ],
)
def test_signs_and_points_tell_titles_apart(one: str, two: str) -> None:
    assert key(one) != key(two)


def test_a_hyphen_between_words_is_no_minus() -> None:
    assert key("Progression-free survival, 12-24 weeks") == "progression-free-survival-12-24-weeks"
    assert key("Change of -0.5") == "change-of-minus-0pt5"


def test_spelling_is_no_other_key() -> None:
    assert key("Overall  SURVIVAL") == key("overall survival") == "overall-survival"
    assert key("A &lt; B") == key("A < B")


def test_long_titles_keep_their_ends_apart() -> None:
    begin = "Change from baseline in the score of the questionnaire on quality of life at week "
    one, two = key(begin + "12"), key(begin + "24")
    assert one != two
    assert max(len(one), len(two)) <= 64
    assert one == key(begin + "12")


def test_what_shows_nothing_has_a_key_too() -> None:
    assert key("") == key("  ") == NO_TITLE
    assert key("***") not in ("", NO_TITLE)


def test_namesakes_take_what_tells_them_apart() -> None:
    things = [Thing("Pain", "Week 12"), Thing("Pain", "Week 24"), Thing("Sleep", "Week 12")]
    assert list(by_key(things, lambda it: it.title, lambda it: it.frame)) == [
        "pain~week-12",
        "pain~week-24",
        "sleep",
    ]


def test_twins_are_numbered_by_their_content_in_any_order() -> None:
    one, two = Thing("Pain", value=1), Thing("Pain", value=2)
    forward, back = (by_key(it, lambda thing: thing.title) for it in ([one, two], [two, one]))
    assert forward == back == {"pain": one, "pain~2": two}
    assert list(back.values()) == [two, one]


def test_a_number_is_never_taken_twice() -> None:
    found = by_key([Thing("a"), Thing("a", value=1), Thing("a~2")], lambda it: it.title)
    assert len(found) == 3


def test_a_second_value_is_kept() -> None:
    place: dict[str, int] = {}
    assert [put(place, "a", 1), put(place, "a", 2), put(place, "a", 3)] == ["a", "a~2", "a~3"]
    assert place == {"a": 1, "a~2": 2, "a~3": 3}


@given(st.text())
def test_every_text_has_a_key_for_a_path(text: str) -> None:
    found = key(text)
    assert found
    assert "." not in found
    assert len(found) <= 64
    assert key(text) == found
