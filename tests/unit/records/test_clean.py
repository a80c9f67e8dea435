"""What of a stranger's text reaches a terminal or a spreadsheet."""

from __future__ import annotations

import json

import pytest

from tracker.records.clean import clean, json_safe, neutral

HIDDEN = {
    "tags": "\U000e0041\U000e007f",
    "variation selectors": "\ufe00",
    "further variation selectors": "\U000e01ef",
    "a Hangul filler": "\u3164",
    "Jamo fillers": "\u115f\u1160",
    "a half-wide filler": "\uffa0",
    "a grapheme joiner": "\u034f",
    "a blank of Braille": "\u2800",
    "zero width": "\u200b\u2060\ufeff",
    "joiners": "\u200c\u200d",
    "Khmer vowels without a shape": "\u17b4",
    "Mongolian selectors": "\u180b\u180f",
    "musical beams": "\U0001d173",
    "unassigned and ignorable": "\U000e0fff\ufff0",
}


@pytest.mark.fault("R-G8")
@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)
def test_what_has_no_shape_is_shown_as_an_escape(hidden: str) -> None:
    shown = clean(f"a{hidden}b")
    assert shown.startswith("a\\") and shown.isascii()
    coded = json_safe(json.dumps(f"a{hidden}b", ensure_ascii=False))
    assert coded.isascii() and json.loads(coded) == f"a{hidden}b"


def test_of_plain_characters_controls_are_shown_as_escapes() -> None:
    changed = {code for code in range(128) if clean(f"a{chr(code)}b") != f"a{chr(code)}b"}
    assert changed == {*range(32), 127} - {*b"\t\n"}


READABLE = {
    "a family": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "a heart": "\u2764\ufe0f\u200d\U0001f525",
    "a skin tone": "\U0001f9d1\U0001f3fd\u200d\u2695\ufe0f",
    "a key": "1\ufe0f\u20e3",
    "a sign as text": "\u00a9\ufe0e",
    "Persian": "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "Sinhala": "\u0dc1\u0dca\u200d\u0dbb\u0dd3",
    "Hindi": "\u0915\u094d\u200d\u0937",
    "a Japanese name": "\u845b\U000e0100\u57ce",
    "Korean": "\uc11c\uc6b8\ub300\ud559\uad50",
}


@pytest.mark.fault("R-G8")
@pytest.mark.parametrize("text", READABLE.values(), ids=READABLE)
def test_scripts_and_emoji_stay_readable(text: str) -> None:
    assert clean(f"x {text} y") == f"x {text} y"


@pytest.mark.fault("R-G8")
@pytest.mark.parametrize(
    "text", ["\u2764\ufe0f\ufe01\ufe02", "\u845b\U000e0100\U000e0101", "\u0645\u200c\u200d\u200c\u0645"]
)
def test_several_in_a_row_hide_something(text: str) -> None:
    assert "\\" in clean(text)


@pytest.mark.fault("R-G8")
@pytest.mark.parametrize("delimiter", [";", "\t", "|", "\n", "\r\n"])
@pytest.mark.parametrize("formula", ["=1+1", "@SUM(1)", "+cmd|'/C'!A0", '"=1+1', " '-2+3", "＝1+1"])
def test_no_delimiter_begins_a_live_formula(delimiter: str, formula: str) -> None:
    text = neutral(f"Arm A{delimiter}{formula}")
    assert f"{delimiter[-1]}'{formula.partition('|')[0]}" in text


@pytest.mark.fault("R-G8")
@pytest.mark.parametrize("text", ["-5", "+1.5", "a; b", "x = y", "-5;3", "A;-4.5;B", "e-mail a@b.test"])
def test_what_is_no_formula_is_left_alone(text: str) -> None:
    assert neutral(text) == text
