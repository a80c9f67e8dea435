"""A law of `alerts preview`: over any history and any rules it foresees exactly what is put into the outbox."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedules.windows import parse_digest, parse_quiet
from storage.engine.database import Database
from storage.outbox import queries
from storage.values.write_models import THIS_VERSION, NewEvent, NewField, NewStep
from storage.versions import trials
from storage.versions.history import ChangeFilter
from tests.support.store import store_factories
from tracker.alerts.config import AlertConfig
from tracker.alerts.rules.rules import AlertRule
from tracker.recording.event_writer import EventWriter
from tracker.recording.instants import instant_out
from tracker.services.alerts.preview import preview

TRIALS = tuple(f"NCT{number:08d}" for number in range(1, 13))
PEOPLE, PROGRAM, ASKS = "me", "team", "crew"
BY_STEP = frozenset({PEOPLE, ASKS})
KINDS = ("status.changed", "title.changed", "conditions.changed", "results.posted", "admin.changed")
LONE = ("results.overdue", "results.due_soon", "trial.back", "cohort.entered")


@dataclass(frozen=True)
class Look:
    """One look at the registry. `of`: trial -> (content it came to, its events). `alike`: the same event in so many.

    Where a trial comes to the content it had, what happened came without a new version.
    """

    wait: int
    of: dict[int, tuple[str, tuple[tuple[str, str], ...]]]
    alike: int


severities = st.sampled_from(["critical", "major", "minor", "admin"])
events = st.lists(st.tuples(st.sampled_from([*KINDS, *LONE]), severities), min_size=1, max_size=4).map(tuple)
looks = st.builds(
    Look,
    st.integers(0, 40),
    st.dictionaries(st.integers(0, 11), st.tuples(st.sampled_from("abc"), events), max_size=4),
    st.sampled_from([0, 0, 3, 12]),
)
rules = st.builds(
    AlertRule,
    st.just(""),
    st.sampled_from([("*",), ("status.*", "results.*"), ("title.changed",), ("admin.changed", "conditions.*")]),
    st.sampled_from([(PEOPLE,), (PROGRAM,), (ASKS, PROGRAM), (PEOPLE, PROGRAM)]),
    trials=st.sampled_from([frozenset[str](), frozenset(TRIALS[:2])]),
    min_severity=severities,
    digest=st.sampled_from([None, None, parse_digest("daily@08:00"), parse_digest("weekly@mon08:00")]),
    quiet=st.sampled_from([None, None, parse_quiet("22:00-07:00"), parse_quiet("06:00-18:00")]),
    quiet_critical=st.booleans(),
)


class History:
    """Looks written down by a ledger, as a poll does."""

    def __init__(self, database: Database, event_writer: EventWriter) -> None:
        self.database, self.event_writer, self.now, self.run = database, event_writer, store_factories.NOW, 0
        self.heads: dict[str, tuple[int, str]] = {}
        self.told: Counter[str] = Counter()
        with database.write(durable=False) as session:
            trials.add(session, TRIALS, "ctgov")
            self.sha = store_factories.kept(session, {"a": 1})

    def look(self, look: Look) -> None:
        self.now, self.run = self.now + timedelta(hours=look.wait), self.run + 1
        of = {TRIALS[number]: told for number, told in look.of.items()}
        for trial in TRIALS[: look.alike]:
            content, some = of.get(trial, ("d" if self.heads.get(trial, (0, ""))[1] != "d" else "e", ()))
            of[trial] = (content, (*some, ("country.changed", "minor")))
        steps = [self._step(trial, content, some) for trial, (content, some) in of.items()]
        with self.database.write(durable=False) as session:
            self.event_writer.enter(session, steps, self.now, f"run:{self.run}")
            self.event_writer.close(session, f"run:{self.run}", self.now)

    def _step(self, trial: str, content: str, some: tuple[tuple[str, str], ...]) -> NewStep:
        number, before = self.heads.get(trial, (None, ""))
        is_new = content != before
        common: dict[str, Any] = {
            "observed_at": self.now,
            "run": self.run,
            "from_content": before,
            "to_content": content,
            "from_version": number,
            "to_version": THIS_VERSION if is_new else number,
        }
        rows = tuple(self._event(trial, kind, severity, common) for kind, severity in dict(some).items())
        version = (
            store_factories.version(self.sha, trial, content_hash=content, observed_at=self.now) if is_new else None
        )
        if version is not None:
            day = (self.now + timedelta(seconds=(number or 0) + 1)).date().isoformat()
            self.heads[trial] = ((number or 0) + 1, content)
            version = replace(version, effective=day, submit_date=f"{(number or 0) + 1:04d}")
        return NewStep(version, rows, number)

    def _event(self, trial: str, kind: str, severity: str, common: dict[str, Any]) -> NewEvent:
        self.told[trial] += 1
        field = NewField("countries", "Countries", ["Turkey"], ["Türkiye"])
        if kind != "country.changed":
            field = NewField("title.brief", "Title", None, f"{trial} {self.told[trial]}")
        return store_factories.event(trial, kind, severity=severity, fields=(field,), **common)


@pytest.mark.fault("R-C5")
@settings(max_examples=40, deadline=None)
@given(st.lists(looks, min_size=1, max_size=6), st.lists(rules, min_size=1, max_size=3))
def test_preview_is_the_outbox_over_any_history(history: list[Look], asking: list[AlertRule]) -> None:
    named = tuple(replace(it, name=f"rule {number}") for number, it in enumerate(asking))
    config = AlertConfig("", rules=named, by_step=BY_STEP)
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(f"sqlite:///{Path(folder) / 'law.db'}", store_factories.NOW)
        try:
            story = History(database, EventWriter(config.book))
            for look in history:
                story.look(look)
            assert _foreseen(database, config) == _written(database)
        finally:
            database.close()


def _foreseen(database: Database, config: AlertConfig) -> dict[str, tuple[Any, ...]]:
    with database.read() as session:
        rows = msgspec.to_builtins(preview(session, config, ChangeFilter()))
    return {
        row["key"]: (
            *(row["channel"], row["kind"], row["trial"], row["severity"], sorted(row["rules"]), row["at"]),
            sorted(row["changes"]),
        )
        for row in rows
    }


def _written(database: Database) -> dict[str, tuple[Any, ...]]:
    with database.read() as session:
        rows = queries.listing(session)
        about = queries.about(session, [row.key for row in rows])
    found: dict[str, tuple[Any, ...]] = {}
    for row in rows:
        seqs = sorted(seq for seq, _, _ in about[row.key])
        said = (row.channel, row.kind, row.trial, row.severity, sorted(json.loads(row.rules)))
        found[row.key] = (*said, instant_out(row.due_at), seqs)
    return found
