"""Cohorts as a person and as a script run them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.similar.conftest import COUSIN, GERMAN, SEED, STUDIES, TWIN
from tests.integration.similar.test_keeping import posted_on
from tests.support.program.program import Program
from tests.support.records.similar_factories import nct, study
from tests.support.registry.embedded_registry import RegistryServer, Reply

QUERY = ("--query", "cond=hepatocellular carcinoma")
LIKE = f"like:{SEED}"
FIELDS = {"cohort", "kind", "seed", "query", "size", "tags", "trials", "rejected", "searched_at", "next_search_at"}


@pytest.fixture
def registry() -> Iterator[RegistryServer]:
    with RegistryServer([posted_on(it, "2026-01-05") for it in STUDIES]) as server:
        yield server


@pytest.fixture
def program(tmp_path: Path, registry: RegistryServer) -> Program:
    return Program(tmp_path / "home", registry)


def trials(program: Program, *words: str) -> list[str]:
    return [row["trial"] for row in program.run("list", *words).lines]


def sets(program: Program) -> list[str]:
    return [row["cohort"] for row in program.json("list", "--cohorts")["cohorts"]]


def entered(program: Program) -> list[str]:
    return [row["trial"] for row in program.run("changes", "--kind", "cohort.*").lines]


def test_similar_watch_watches_what_it_shows_and_later_tells_what_is_new(program: Program) -> None:
    shown = program.run("similar", SEED, "--top", "2", "--watch", "-o", "json").json["similar"]
    assert [row["trial"] for row in shown] == [TWIN, COUSIN]
    assert trials(program) == trials(program, "--tag", LIKE) == [TWIN, COUSIN]
    assert all(row["version"] == 1 for row in program.run("list").lines)
    assert entered(program) == []
    assert program.registry is not None
    title = "Conversion therapy then liver resection or watching again"
    program.registry.studies[nct(8)] = posted_on(study(8, title, ["Hepatocellular Carcinoma"]), "2026-08-17")
    program.day(3)
    told = program.run("similar", SEED, "--top", "2", "--watch", "-o", "table")
    assert f"{LIKE} has 3 trials, 1 new in it and 0 no longer" in told.err
    assert entered(program) == [nct(8)]
    [row] = program.run("changes", "--kind", "cohort.entered").lines
    assert (row["severity"], row["backfilled"]) == ("minor", False)
    assert row["summary"] == f"Now among the 2 trials most like {SEED}"
    why = program.run("changes", "--kind", "cohort.entered", "--explain", "-o", "table").out
    assert "of a set it is in" in why


def test_watch_similar_watches_the_seed_too_with_its_tags(program: Program) -> None:
    rows = program.json("watch", SEED, "--similar", "1", "--tag", "hcc")["trials"]
    assert [(row["trial"], row["tags"]) for row in rows] == [(SEED, ["hcc"]), (TWIN, ["hcc", LIKE])]
    assert sets(program) == [LIKE]


def test_what_is_rejected_stays_out_until_it_is_accepted(program: Program) -> None:
    program.run("similar", SEED, "--top", "2", "--watch")
    assert program.json("similar", SEED, "--reject", TWIN) == {"trial": SEED, "rejected": [{"trial": TWIN}]}
    assert [row["trial"] for row in program.run("similar", SEED).lines] == [COUSIN, GERMAN]
    assert trials(program, "--tag", LIKE) == [COUSIN]
    assert TWIN in trials(program)
    kept_out = program.run("similar", SEED, "--reject", TWIN, "-o", "table").out
    assert "Title" in kept_out.splitlines()[0] and len(kept_out.splitlines()[2].split()) > 2
    assert "1 trial kept out" in program.run("similar", SEED, "-o", "table").err
    [row] = program.json("list", "--cohorts")["cohorts"]
    assert row["rejected"] == [TWIN]
    assert program.json("similar", SEED, "--accept", TWIN)["rejected"] == []
    assert program.run("similar", SEED).lines[0]["trial"] == TWIN


def test_a_saved_query_is_tried_watched_listed_and_stopped(program: Program) -> None:
    words = (*QUERY, "--query", "lead=A University")
    tried = program.json("watch", *words, "--dry-run", "--cap", "2")["query"]
    assert (tried["found"], tried["cap"], tried["would_watch"]) == (3, 2, 2)
    assert (
        "3 trials found; the 2 registered last"
        in program.run("watch", *words, "--dry-run", "--cap", "2", "-o", "table").out
    )
    assert sets(program) == [] and trials(program) == []
    watched = program.json("watch", *words, "--tag", "hcc")["trials"]
    assert [(row["trial"], row["tags"], row["version"]) for row in watched] == [
        (trial, ["hcc", tried["cohort"]], 1) for trial in (SEED, TWIN, GERMAN)
    ]
    [row] = program.json("list", "--cohorts")["cohorts"]
    assert row.keys() > FIELDS
    assert row["query"] == [
        {"name": "cond", "text": "hepatocellular carcinoma"},
        {"name": "lead", "text": "A University"},
    ]
    assert (row["cohort"], row["kind"], row["trials"], row["size"]) == (tried["cohort"], "query", 3, 500)
    assert "cond=hepatocellular" in program.run("list", "--cohorts", "-o", "table").out
    program.run("watch", TWIN)
    assert [it["cohort"] for it in program.json("unwatch", "--cohort", row["cohort"])["cohorts"]] == [row["cohort"]]
    assert sets(program) == [] and trials(program) == [SEED, TWIN, GERMAN]


def test_a_set_can_be_stopped_with_the_trials_that_only_it_brought(program: Program) -> None:
    program.run("watch", TWIN)
    name = program.json("watch", *QUERY, "--dry-run")["query"]["cohort"]
    program.run("watch", *QUERY)
    told = program.run("unwatch", "--cohort", name, "--with-trials", "-o", "table")
    assert "2 trials are no longer watched" in told.err
    assert trials(program) == [TWIN]


def test_the_cap_is_said(program: Program) -> None:
    told = program.run("watch", *QUERY, "--cap", "2")
    assert "it finds 3, and the 2 registered last were read" in told.err
    assert len(told.lines) == 2
    assert program.json("list", "--cohorts")["cohorts"][0]["remark"].startswith("it finds 3")


def test_a_registry_that_is_away_leaves_the_wish_and_exit_code_3(program: Program) -> None:
    assert program.registry is not None
    program.registry.faults = lambda _: Reply(500)
    told = program.run("watch", *QUERY, expect=3)
    assert "the daemon tries again" in told.err
    [row] = program.json("list", "--cohorts")["cohorts"]
    assert row["error"] and row["trials"] == 0
    assert program.run("watch", *QUERY, "--dry-run", expect=1).out == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["watch"], "Name trials"),
        (["watch", SEED, *QUERY], "not both"),
        (["watch", *QUERY, "--similar", "3"], "--similar does not go with --query"),
        (["watch", SEED, "--dry-run"], "--dry-run goes with --query; add it"),
        (["watch", *QUERY, "--linked"], "--linked does not go with --query"),
        (["watch", SEED, "--cap", "3", "--keep-empty"], "--cap and --keep-empty go with --query; add it"),
        (["list", "--cohorts", "--tag", "x", "--sort", "slip"], "--tag and --sort do not go with --cohorts"),
        (["verify", "--force"], "--force goes with --write-anchor; add it"),
        (["poll", SEED, "--accept", "1"], "--accept does not go with trials"),
        (["poll", "--accept", "1", "--now"], "--now does not go with --accept"),
        (["init", "--yes", "--from", "a@example.org", "--private"], "--from and --private go with --tell; add it"),
        (["watch", "--query", "bogus=1"], "cond, term, locn"),
        (["unwatch"], "Name trials"),
        (["unwatch", SEED, "--with-trials"], "--with-trials"),
        (["similar", SEED, "--watch", "--phase", "2"], "leave the filters"),
    ],
)
def test_what_does_not_go_together_is_refused(program: Program, words: list[str], said: str) -> None:
    assert said in program.error(*words, code=2)[0]


@pytest.mark.fault("C17")
def test_a_set_that_is_not_there(program: Program) -> None:
    program.run("watch", *QUERY)
    before = sets(program)
    assert "trialwatch list --cohorts" in program.error("unwatch", "--cohort", "'; DROP TABLE cohort; --", code=2)[0]
    assert sets(program) == before


def test_unwatching_the_seed_says_that_the_set_goes_on(program: Program) -> None:
    program.run("watch", SEED, "--similar", "1")
    told = program.run("unwatch", SEED, "-o", "table")
    assert f"trialwatch unwatch --cohort {LIKE}" in told.err
