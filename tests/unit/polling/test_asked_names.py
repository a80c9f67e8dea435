"""The names a run asks for, beside a plain set."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.polling.run.asked_names import AskedNames

names = st.text("AB1", max_size=3)


@given(st.lists(names), st.lists(names))
def test_it_is_a_set_with_marks(asked: list[str], answers: list[str]) -> None:
    found, plain = AskedNames(asked), set(asked)
    for name in answers:
        if name in plain:
            found.note_answer(name)
        else:
            with pytest.raises(KeyError):
                found.note_answer(name)
    for name in {*asked, *answers, "", "B1", "C"}:
        assert (name in found) == (name in plain)
        assert found.has_answered(name) == (name in plain and name in answers)
