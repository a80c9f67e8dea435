"""A sentence is kept for one browser, and for a moment."""

from __future__ import annotations

from tracker.web.actions.said import Said, Sayings


def test_a_sentence_is_given_once_and_by_its_own_word() -> None:
    sayings = Sayings()
    one, two = sayings.keep(Said("tag", "One.")), sayings.keep(Said("tag", "Two."))
    assert sayings.take("guessed") is None
    assert [sayings.take(word) for word in (two, one, one)] == [Said("tag", "Two."), Said("tag", "One."), None]


def test_so_many_are_kept_and_the_oldest_is_forgotten() -> None:
    sayings = Sayings()
    words = [sayings.keep(Said("tag", str(number))) for number in range(201)]
    assert sayings.take(words[0]) is None
    assert sayings.take(words[1]) == Said("tag", "1")


def test_what_was_typed_belongs_to_its_form_and_to_a_failure() -> None:
    failed = Said("tag", "No.", failed=True, typed={"tag": "x"})
    assert failed.typed_in("tag") == {"tag": "x"}
    assert failed.typed_in("note") == {}
    assert Said("tag", "Yes.", typed={"tag": "x"}).typed_in("tag") == {}
