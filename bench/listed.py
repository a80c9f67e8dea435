"""A store of many trials as lists see it: every row, no record. Each trial has eight versions and eight changes.

The versions share one small document, and no chain is made, so that the store of 100,000 trials is there in minutes.
`large` builds stores with records.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench.lives import FIRST, NOW, ROUNDS, day_of
from storage.documents import documents
from storage.engine.bulk import RowValues, batches, insert_rows, table_of
from storage.engine.database import Database
from storage.tables.models import (
    EventRow,
    FieldChangeRow,
    SightingRow,
    SnapshotRow,
    StoreRow,
    Table,
    TagRow,
    TrialRow,
    WatchRow,
)
from storage.values.severity import Severity
from storage.values.states import ResultsState
from storage.versions import results_cache
from tracker.results.duties import DutyTerms
from tracker.results.scorecard import ResultsStatus
from tracker.services.results.made_by import MADE_BY
from tracker.services.results.results_status import cached_row

__all__ = ["TODAY", "build"]

TODAY = NOW.date()
_TOGETHER = 1_000
_WORDS = "trial of drug placebo patients cancer liver heart response survival weeks phase dose safety children".split()
_STATUSES = ("RECRUITING", "COMPLETED", "TERMINATED", "ACTIVE_NOT_RECRUITING", "UNKNOWN")
_STATES = (*(ResultsState.NONE,) * 5, ResultsState.SUBMITTED, ResultsState.RETURNED, *(ResultsState.POSTED,) * 3, None)
_KINDS = ("date.primary_completion_changed", "status.changed", "enrollment.target_changed", "record.updated")
_SEVERITIES = (Severity.MAJOR, Severity.CRITICAL, Severity.MINOR, Severity.ADMIN)


def build(path: Path, count: int) -> None:
    """Create the store of `count` trials at `path`, all of them watched, with their results statuses."""
    with closing(Database.open(path, NOW)) as database:
        with database.write(durable=False) as session:
            raw = documents.canonical({"a": "document"})
            sha = documents.digest(raw)
            documents.keep(session, [(sha, raw)])
        for some in batches(range(1, count + 1), _TOGETHER):
            with database.write(durable=False) as session:
                for model, rows in _rows(some, count, sha).items():
                    insert_rows(session, model, rows)
                session.connection().execute(table_of(StoreRow).update().values(seq=count * ROUNDS))
                results_cache.keep(session, list(_statuses(some, count * ROUNDS)), MADE_BY)
        database.fold_log()


def _rows(numbers: Sequence[int], count: int, sha: str) -> dict[type[Table], list[RowValues]]:
    """The rows of some trials, by table, in the order in which they refer to each other."""
    found: dict[type[Table], list[RowValues]] = {
        model: [] for model in (TrialRow, WatchRow, TagRow, SnapshotRow, SightingRow, EventRow, FieldChangeRow)
    }
    for number in numbers:
        trial, chance = f"NCT{number:08d}", random.Random(number)
        listing = {
            "title": f"{' '.join(chance.choices(_WORDS, k=12)).capitalize()} {number}",
            "status": chance.choice(_STATUSES),
            "enrollment_count": chance.randrange(10, 900),
            "enrollment_type": "ESTIMATED",
            "results": chance.choice(_STATES),
        }
        found[TrialRow].append(_trial(trial, listing))
        found[WatchRow].append(
            {"trial": trial, "registry_name": "ctgov", "added_at": NOW, "active": True, "stopped_at": None}
        )
        found[TagRow] += [{"trial": trial, "tag": f"set-{number % 50}"}]
        for at in range(ROUNDS):
            seq = at * count + number  # round after round, as in life
            found[SnapshotRow].append(_snapshot(trial, at, sha, listing))
            found[SightingRow].append(
                {"trial": trial, "version": at + 1, "first_day": day_of(at), "last_day": day_of(at)}
            )
            found[EventRow].append(_event(trial, at, seq, chance.randrange(len(_KINDS))))
            found[FieldChangeRow] += _fields(seq, at, found[EventRow][-1]["kind"])
    return found


def _trial(trial: str, listing: RowValues) -> RowValues:
    return {
        **TrialRow(trial=trial, registry_name="ctgov").model_dump(),
        **listing,
        "current_version": ROUNDS,
        "versions": ROUNDS,
        "light_hash": "0" * 64,
        "data_timestamp": "2026-02-28T09:00:05",
        "full_read_at": NOW,
        "last_checked_at": NOW,
        "next_check_at": NOW + timedelta(days=1),
        "next_check_reason": "it changed within the last year",
    }


def _snapshot(trial: str, at: int, sha: str, listing: RowValues) -> RowValues:
    return {
        "trial": trial,
        "version": at + 1,
        "raw_sha256": sha,
        "content_hash": "1" * 64,
        "effective": day_of(at),
        "effective_basis": "posted",
        "submit_date": day_of(at),
        "registry_version": None,
        "observed_at": NOW - timedelta(days=90 * (ROUNDS - at)),
        "source": "poll",
        "run": None,
        "normalizer": 1,
        "previous": "2" * 64,
        "chain": "3" * 64,
        "listed": "4" * 64,
        **listing,
    }


def _event(trial: str, at: int, seq: int, kind: int) -> RowValues:
    return {
        "seq": seq,
        "id": f"evt_{seq:026d}",
        "identity": f"idn_{seq:026d}",
        "trial": trial,
        "kind": _KINDS[kind] if at else "trial.first_seen",
        "severity": _SEVERITIES[kind] if at else Severity.MINOR,
        "summary": f"Something changed in {trial} that takes a sentence of about this length to tell",
        "subject": "",
        "effective": day_of(at),
        "observed_at": NOW - timedelta(days=90 * (ROUNDS - at)),
        "from_version": at or None,
        "to_version": at + 1,
        "backfilled": False,
        "run": None,
        "previous": "5" * 64,
        "chain": "6" * 64,
    }


def _fields(seq: int, at: int, kind: str) -> list[RowValues]:
    name = "dates.primary_completion" if kind.startswith("date.") else "status"
    before, after = (f'"{day_of(at + 9)}"', f'"{day_of(at + 10)}"')
    row = {"seq": seq, "position": 0, "field": name, "label": "A field", "before": before, "after": after}
    return [row] if at else []


def _statuses(numbers: Sequence[int], seq: int) -> Iterator[results_cache.Made]:
    for number in numbers:
        chance = random.Random(-number)
        due = FIRST + timedelta(days=chance.randrange(2_000))
        stands = chance.choice([True, False, False, None])
        applies: list[Any] = [chance.choice([True, False, None]), False, chance.choice([True, None])]
        first = due + timedelta(days=chance.randrange(-100, 200)) if stands else None
        results = ResultsStatus(
            status="COMPLETED",
            state=chance.choice(_STATES),
            sponsor=f"University Hospital of the Town Number {chance.randrange(2_000)}",
            posted=None if first is None else (first + timedelta(days=40)).isoformat(),
            dated_by="dates.primary_completion",
            duties=tuple(
                DutyTerms(rule, it, None if it is False else _later(due, at), stands, first, first)
                for at, (rule, it) in enumerate(zip(("fdaaa801", "eu-ctr", "who-2017"), applies, strict=True))
            ),
        )
        row = cached_row(f"NCT{number:08d}", ROUNDS, ROUNDS, results)
        yield row._replace(slip=chance.choice([0, 0, 90, 365, -30]), changed=day_of(chance.randrange(ROUNDS)), seq=seq)


def _later(day: date, days: int) -> date:
    return day + timedelta(days=days)
