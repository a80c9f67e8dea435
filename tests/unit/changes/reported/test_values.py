"""Two posted values: the same, the same with other digits, or really another one."""

from __future__ import annotations

import pytest

from tracker.changes.reported.posted_values import Differs, differs, p_values_differ, same_words

NOT, DIGITS, REALLY = Differs.NOT, Differs.DIGITS, Differs.REALLY


@pytest.mark.parametrize(
    ("one", "two", "how"),
    [
        ("1.50", "1.5", NOT),
        (".5", "0.5", NOT),
        ("26,300", "26300", NOT),
        ("NA", "na", NOT),
        (None, None, NOT),
        ("31.2", "31.24", DIGITS),
        ("31.25", "31.3", DIGITS),
        ("31.25", "31.2", DIGITS),
        ("30", "30.4", DIGITS),
        ("31.2", "31.3", REALLY),
        ("30", "40", REALLY),
        ("310", "300", REALLY),
        ("NA", "12", REALLY),
        (None, "1", REALLY),
        ("1", None, REALLY),
        ("not reached", "not estimable", REALLY),
    ],
)
def test_values(one: str | None, two: str | None, how: Differs) -> None:
    assert differs(one, two) is how
    assert differs(two, one) is how


@pytest.mark.parametrize(
    ("one", "two", "how"),
    [
        ("<0.001", "< .001", NOT),
        ("=0.0927", "0.0927", NOT),
        ("0.0004", "<0.001", DIGITS),
        ("<0.0001", "<0.001", DIGITS),
        ("0.0927", "0.093", DIGITS),
        ("0.06", "<0.05", REALLY),
        ("0.05", "<0.05", REALLY),
        ("0.05", "<=0.05", DIGITS),
        ("0.95", ">0.9", DIGITS),
        ("0.04", ">0.05", REALLY),
        ("<0.05", ">0.05", REALLY),
        ("NA", "0.04", REALLY),
    ],
)
def test_p_values(one: str, two: str, how: Differs) -> None:
    assert p_values_differ(one, two) is how
    assert p_values_differ(two, one) is how


def test_words_are_the_same_in_other_case_and_punctuation() -> None:
    assert same_words("Score on a Scale.", "score on a scale")
    assert same_words(None, "")
    assert not same_words("Participants", "percentage of participants")
