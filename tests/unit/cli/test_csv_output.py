"""Cells of `-o csv`."""

from __future__ import annotations

import pytest

from tracker.cli.render.output import Answer, Format, emit


def test_a_number_has_no_apostrophe_and_a_formula_has_one(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"one": -1e-7, "two": -3, "three": True, "four": "-1e-7", "five": "=1+1", "six": None}
    emit(Answer({"rows": [row]}, "rows", tuple(row), table=lambda: None), Format.CSV)
    assert capsys.readouterr().out.splitlines()[1] == "-1e-07,-3,true,'-1e-7,'=1+1,"
