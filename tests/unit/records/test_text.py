"""Text in its several dresses (fault B25)."""

from __future__ import annotations

import html
import random
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.records.strategies import disguised, dressed, names, plain
from tracker.records.text import compared, fold, folded, slug, tidy, unescape
from tracker.registries.ctgov import markup

SAME = [
    ("p &lt; 0.05 &amp; more", "p < 0.05 & more"),
    (r"age \>= 18 \[years\]", "age >= 18 [years]"),
    (r"\&gt; 5", "> 5"),
    ("caf\u0065\u0301", "caf\u00e9"),
    ("one\r\ntwo", "one\ntwo"),
    ("one  \n\n\n\n two", "one\n\n two"),
    ("&nbsp;edge\u00a0", "edge"),
    (r"C:\data", r"C:\data"),
    ("AT&T", "AT&T"),
]


@pytest.mark.parametrize(("raw", "wanted"), SAME)
def test_the_dress_comes_off(raw: str, wanted: str) -> None:
    assert tidy(raw) == wanted


def test_control_and_bidi_characters_are_kept_for_those_who_print() -> None:
    """Faults C09, C10: what is stored is what the registry said; whoever prints it makes it harmless."""
    hostile = "\x1b[2J\x07 \u202egnp \u200b"
    assert tidy(hostile) == hostile


@given(plain, st.builds(random.Random, st.integers(0, 2**32 - 1)))
def test_any_dress_folds_to_the_same(text: str, rng: random.Random) -> None:
    assert fold(dressed(text, rng)) == fold(text)


@given(plain)
def test_folding_a_plain_text_twice_is_folding_it_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert unicodedata.is_normalized("NFC", fold(text))


@given(st.recursive(names, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(plain, inner, max_size=3)))
@example(["Overall survival", "\u226f 5"])
def test_folded_reaches_every_text(value: object) -> None:
    """Of a record's texts, which are tidy when they are compared."""
    assert folded(tidied(value)) == folded(tidied(dressed(value, random.Random(1))))


def tidied(value: object) -> object:
    if isinstance(value, dict):
        return {key: tidied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [tidied(item) for item in value]
    return tidy(value) if isinstance(value, str) else value


@given(names)
def test_a_slug_is_a_short_word_that_never_holds_our_own_marks(text: str) -> None:
    found = slug(text)
    assert len(found) <= 64
    assert not set(found) & set("~. _")
    assert found == found.strip("-")
    assert slug(unicodedata.normalize("NFD", text)) == found


def test_a_slug_cut_between_two_words_ends_with_the_first() -> None:
    assert slug("a" * 63 + " b") == "a" * 63


MANY = 4400
ESCAPING = st.sampled_from("&#8203;lt5amp\\* \n\u200b\u00ad\u0301e")
REFERENCES = {
    "&#" + "9" * MANY: "\ufffd",
    "&#" + "9" * MANY + ";": "\ufffd",
    "a &#" + "0" * MANY + "65; b": "a A b",
    "a &#" + "0" * MANY + ";b": "a \ufffdb",
    "&#x" + "f" * MANY + ";": "\ufffd",
    "&#00000000065 b": "A b",
    "&#1114112;&#55296;": "\ufffd\ufffd",
    "&#" + "9" * 700 + "&#65;": "\ufffdA",
}


@pytest.mark.fault("R-G1")
@pytest.mark.parametrize(("raw", "wanted"), REFERENCES.items(), ids=range(len(REFERENCES)))
def test_no_reference_has_too_many_digits(raw: str, wanted: str) -> None:
    assert unescape(raw) == tidy(raw) == fold(raw) == wanted
    assert slug(raw) == slug(wanted)
    assert markup.plain(f"<p>{raw}</p>").strip() == wanted


@pytest.mark.fault("R-G1")
@given(st.text("&#x0123456789abcdf;lt \\", max_size=30))
def test_a_reference_reads_as_the_standard_has_it(text: str) -> None:
    assert unescape(text) == html.unescape(text)


@pytest.mark.fault("R-B13")
@given(
    st.text(st.sampled_from("&#8203;lt5amp\\* \n\u200b\u00ad\u0301e"), max_size=20),
    st.builds(random.Random, st.integers(0, 2**32 - 1)),
)
def test_tidy_texts_of_one_fold_compare_as_equal(text: str, rng: random.Random) -> None:
    """The hash is taken of the raw text, the comparison made of the tidy one."""
    other = disguised(text, rng)
    assert fold(other) == fold(text)
    assert compared(tidy(other)) == compared(tidy(text)) == folded(tidy(text))
