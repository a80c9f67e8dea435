"""Tests over real registry records, for machines that have them beside the project; elsewhere they skip, saying so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.support.paths import SHARED

DATA = SHARED / "data" / "ctgov"


@pytest.fixture(scope="session")
def real_data() -> Path:
    if not (DATA / "records").is_dir():
        pytest.skip("the optional folder of real records (../shared/data/ctgov) is not on this machine")
    return DATA


@pytest.fixture(scope="session")
def real_records(real_data: Path) -> list[dict[str, Any]]:
    """Every real record, decoded; about 30 MB."""
    return [orjson.loads(path.read_bytes()) for path in sorted((real_data / "records").glob("*.json"))]
