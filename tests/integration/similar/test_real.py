"""Over real records, where they are: every reason holds in the registry's own words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from tests.integration.real.conftest import real_data, real_records
from tracker.errors import RecordError
from tracker.records.trial import TrialRecord
from tracker.registries.ctgov.reader import read
from tracker.similar.rank import Ranking
from tracker.similar.shared_reasons import reasons

__all__ = ["real_data", "real_records"]

AT_MOST = 400


@pytest.fixture(scope="module")
def known(real_records: list[dict[str, Any]]) -> dict[str, tuple[TrialRecord, str]]:
    """Records, and all texts of the document each was read from."""
    found: dict[str, tuple[TrialRecord, str]] = {}
    for document in real_records[:AT_MOST]:
        try:
            record = read(document).record
        except RecordError:
            continue
        found[record.trial] = (record, "\n".join(_plain(text) for text in _texts(document)))
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"\\([~>*\[\]<#_])", r"\1", text).split()).casefold()


def test_every_reason_stands_in_both_documents(known: dict[str, tuple[TrialRecord, str]]) -> None:
    ranking = Ranking(record for record, _ in known.values())
    told = 0
    for seed in ranking.trials[::20]:
        for ranked in islice(ranking.nearest(seed), 10):
            (one, mine), (other, theirs) = known[seed], known[ranked.trial]
            found = reasons(one, other, ranking.shared_terms(seed, ranked.trial))
            assert found, (seed, ranked)
            for reason in found:
                for value in _plain(reason.value).split("/") if reason.kind == "phase" else [_plain(reason.value)]:
                    assert value in mine and value in theirs, (seed, ranked, reason)
            told += len(found)
    assert told > 500


def test_likeness_of_real_records_is_mutual_and_no_greater_than_ones_own(
    known: dict[str, tuple[TrialRecord, str]],
) -> None:
    ranking = Ranking(record for record, _ in known.values())
    some = ranking.trials[::40]
    table = {trial: dict(zip(ranking.trials, ranking.scores(trial).tolist(), strict=True)) for trial in some}
    for one in some:
        assert max(table[one].values()) == table[one][one]
        assert all(table[one][other] == pytest.approx(table[other][one], abs=2e-6) for other in some)
