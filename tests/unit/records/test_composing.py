"""Letters are composed as Unicode says, but for runs of marks that no language writes."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracker.records.nfc import LONGEST_RUN, composed
from tracker.records.text import compared, fold, squeezed, tidy

pytestmark = pytest.mark.fault("R-G5")
MARKS = "\u0301\u0323\u0327\u0f71\u0f72\u0f73\u093c"
LETTERS = st.text(st.sampled_from("eaÅ한ᄒ\u0958\u1161中 " + MARKS), max_size=200)
LONG = "".join("\u0301\u0323"[it % 2] for it in range(500))


@given(text=LETTERS)
@example(text="e\u0301" * 200)
@example(text="\u0958" * 300)
@example(text="中" * 300)
@example(text="e" + "\u0301\u0323" * (LONGEST_RUN // 2))
def test_runs_that_languages_write_are_composed_as_ever(text: str) -> None:
    if not any(unicodedata.combining(it) or it == "\u0f73" for it in text[LONGEST_RUN:]):
        assert composed(text) == unicodedata.normalize("NFC", text)
    short = text[: LONGEST_RUN - 1]
    assert composed(f"{short} x {short}") == unicodedata.normalize("NFC", f"{short} x {short}")


@pytest.mark.parametrize("run", [LONG, "\u0f73" * 300, "\u0323" + "\u0301" * 300])
def test_a_longer_run_stays_as_it_came(run: str) -> None:
    text = f"Ae\u0301 {'a' + run} e\u0301"
    assert composed(text) == f"A\u00e9 {'a' + run} \u00e9"


@given(before=LETTERS, after=LETTERS, run=st.sampled_from(["", LONG, "\u0f73" * 100]))
def test_composing_twice_changes_nothing(before: str, after: str, run: str) -> None:
    once = composed(before + run + after)
    assert composed(once) == once
    assert tidy(tidy(once)) == tidy(once)
    assert compared(tidy(before + run + after)) == compared(tidy(tidy(before + run + after)))
    assert fold(fold(once)) == fold(once)


@given(text=st.text(st.sampled_from("e \u0301\u0323\u0958\u00ad\u200b\ufeff\r\n\\&"), max_size=90))
@example(text="e\u200b\u0301")
@example(text="\u0958\u00ad" + "\u0301\u0323" * LONGEST_RUN)
def test_a_mark_meets_its_letter_where_something_unseen_is_taken_out(text: str) -> None:
    seen = "".join(letter for letter in tidy(text) if letter not in "\u00ad\u200b\u200e\u200f\u2060\ufeff")
    assert squeezed(tidy(text)) == " ".join(composed(seen).split())
