"""Planted relabellings of real records: how many are found again, and how many pairs are wrong."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.real.identity import PAGE, Result, figures, page, planted

# kind -> least recall, least precision
FLOORS = {
    "site": (0.98, 0.99),
    "reference": (0.98, 0.99),
    "document": (0.98, 0.99),
    "collaborator": (0.98, 0.99),
    "intervention": (0.98, 0.99),
    "outcome": (0.98, 0.99),
    "arm": (0.98, 0.99),
}


@pytest.fixture(scope="module")
def found(real_records: list[dict[str, Any]]) -> list[Result]:
    return list(planted(real_records))


@pytest.mark.fault("R-B1")
@pytest.mark.parametrize("kind", sorted(FLOORS))
def test_relabelled_items_are_found_again(found: list[Result], kind: str) -> None:
    of_kind = figures(found)[kind]
    recall, precision = FLOORS[kind]
    assert of_kind.planted >= 50
    assert of_kind.recall >= recall
    assert of_kind.precision >= precision


def test_the_page_shows_the_figures_of_identity(found: list[Result]) -> None:
    assert page(found) == PAGE.read_text(encoding="utf-8"), "run: python -m tests.integration.real.identity"
