"""Trials that live: a record made older by the edits registries usually see, and the store that keeps its versions."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
from sqlmodel import Session

from bench.material import own_id
from storage.documents import documents
from storage.values.severity import Severity
from storage.values.states import ResultsState, VersionSource
from storage.values.write_models import NewEvent, NewField, NewStep, NewVersion
from storage.versions import snapshots, trials

__all__ = ["FIRST", "NOW", "ROUNDS", "day_of", "evolve", "keep", "lives"]

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FIRST = date(2024, 1, 1)
ROUNDS = 8
"""Versions of each trial."""
Study = dict[str, Any]


def day_of(number: int) -> str:
    """The day on which a round's versions took effect; the first is number 0."""
    return (FIRST + timedelta(days=90 * number)).isoformat()


def evolve(study: Study, number: int) -> Study:
    """Make `study` its own next version: dates as in every one, and now and then what versions usually change."""
    chance = random.Random(f"{own_id(study)} {number}")
    protocol, day = study["protocolSection"], day_of(number)
    status = protocol.setdefault("statusModule", {})
    status |= {"lastUpdateSubmitDate": day, "statusVerifiedDate": day[:7]}
    status["lastUpdatePostDateStruct"] = {"date": day, "type": "ACTUAL"}
    study.setdefault("derivedSection", {}).setdefault("miscInfoModule", {})["versionHolder"] = day
    if chance.random() < 0.5:
        slipped = (FIRST + timedelta(days=900 + 120 * number)).isoformat()
        status["completionDateStruct"] = {"date": slipped, "type": "ESTIMATED"}
    if chance.random() < 0.3:
        design = protocol.setdefault("designModule", {})
        design["enrollmentInfo"] = {"count": chance.randrange(20, 900), "type": "ESTIMATED"}
    places = protocol.get("contactsLocationsModule", {}).get("locations", [])
    if places and chance.random() < 0.5:
        chance.choice(places)["status"] = chance.choice(["RECRUITING", "COMPLETED", "WITHDRAWN"])
    if chance.random() < 0.3:
        places.append({"facility": f"Site {number}", "city": "Lyon", "country": "France", "zip": f"{number:05d}"})
    return study


def lives(studies: Sequence[Study], rounds: int) -> Iterator[list[tuple[str, bytes]]]:
    """Round after round, each trial's version as (trial, canonical bytes)."""
    now = [orjson.loads(orjson.dumps(it)) for it in studies]
    for number in range(rounds):
        now = [evolve(it, number) for it in now]
        yield [(own_id(it), documents.canonical(it)) for it in now]


def keep(session: Session, found: Sequence[tuple[str, bytes]], number: int, last: MutableMapping[str, str]) -> None:
    """Store one round of some trials as polls do: each document after its trial's last, a version, an event.

    `last`: trial -> digest of its last document, kept up here.
    """
    named = [(trial, documents.digest(raw), raw) for trial, raw in found]
    trials.add(session, [trial for trial, _, _ in named], "ctgov")
    bases: Mapping[str, str] = {sha: last[trial] for trial, sha, _ in named if trial in last}
    documents.keep(session, [(sha, raw) for _, sha, raw in named], bases)
    snapshots.commit(session, [_step(trial, sha, number) for trial, sha, _ in named])
    last.update((trial, sha) for trial, sha, _ in named)


def _step(trial: str, sha: str, number: int) -> NewStep:
    version = NewVersion(
        trial=trial,
        raw_sha256=sha,
        content_hash=sha,
        light_hash="",
        effective=day_of(number),
        effective_basis="posted",
        submit_date=day_of(number),
        registry_version=None,
        observed_at=NOW,
        source=VersionSource.POLL,
        run=None,
        normalizer=1,
        title=f"A trial called {trial}, of a drug against placebo in patients with a disease",
        status="RECRUITING",
        enrollment_count=100,
        enrollment_type="ESTIMATED",
        results=ResultsState.NONE,
        seen_day=day_of(number),
    )
    return NewStep(version, (_event(trial, sha, number),), number or None)


def _event(trial: str, sha: str, number: int) -> NewEvent:
    field = NewField("dates.completion", "Completion", day_of(number + 9), day_of(number + 10))
    return NewEvent(
        trial=trial,
        kind="date.completion_changed" if number else "trial.first_seen",
        severity=Severity.MAJOR if number else Severity.MINOR,
        summary=f"Completion moved from {field.before} to {field.after}" if number else "First seen",
        subject="",
        effective=day_of(number),
        backfilled=False,
        from_content="",
        to_content=sha,
        from_version=number or None,
        to_version=snapshots.THIS_VERSION,
        observed_at=NOW,
        run=None,
        fields=(field,) if number else (),
    )
