"""Free texts of records as paragraphs and lists."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tracker.web.words.prose import Block, blocks, criteria

CRITERIA = """Inclusion Criteria:

* Age 18 or older
* Hepatocellular carcinoma,
  confined to the liver

Exclusion Criteria:

1. Pregnancy
2. Another tumour
"""


def test_paragraphs_and_lists() -> None:
    assert blocks("One\nline.\n\n* a\n* b\n\nTwo.") == [
        Block(False, ["One line."]),
        Block(True, ["a", "b"]),
        Block(False, ["Two."]),
    ]
    assert blocks("Before:\n- a\n- b") == [Block(False, ["Before:"]), Block(True, ["a", "b"])]
    assert blocks(None) == [] and blocks("  \n ") == []


def test_a_list_goes_on_after_an_empty_line() -> None:
    assert blocks("* a\n\n* b") == [Block(True, ["a", "b"])]


def test_criteria_in_their_parts() -> None:
    inclusion, exclusion = criteria(CRITERIA)
    assert (inclusion.kind, inclusion.items) == ("inclusion", 2)
    assert inclusion.blocks[0].items[1] == "Hepatocellular carcinoma, confined to the liver"
    assert (exclusion.kind, exclusion.items) == ("exclusion", 2)
    assert exclusion.blocks[0].items == ["Pregnancy", "Another tumour"]


def test_criteria_without_headings_are_one_part() -> None:
    [only] = criteria("Adults with a tumour.")
    assert (only.kind, only.items) == ("", 0)


def words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text)


@given(st.text(alphabet="ab *-1.\n:", max_size=200))
def test_no_word_is_lost(text: str) -> None:
    shown = " ".join(item for block in blocks(text) for item in block.items)
    assert words(shown) == words(text)
