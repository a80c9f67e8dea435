"""export of some trials: by id, by tag, by duty. What does not exist is refused, and never an empty file in silence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program.program import Program, record
from tests.support.registry.embedded_registry import RegistryServer, signed
from tests.system.cli.conftest import ONE, THREE, TWO


def trials(program: Program, what: str, *words: str | Path, expect: int = 0) -> set[str]:
    return {row["trial"] for row in program.run("export", what, *words, "--format", "jsonl", expect=expect).lines}


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """Two trials of one tag, one of another. A rule surely applies to the first, and none to the last."""
    studies = [record(trial) for trial in (ONE, TWO, THREE)]
    signed(studies[0])
    studies[2]["protocolSection"]["designModule"] = {"studyType": "OBSERVATIONAL"}
    for study in studies:
        study["protocolSection"]["statusModule"]["primaryCompletionDateStruct"] = {"date": "2024-05", "type": "ACTUAL"}
    with RegistryServer(studies) as registry:
        program = Program(tmp_path_factory.mktemp("labelled") / "home", registry)
        program.run("watch", ONE, TWO, "--tag", "liver", "--no-backfill")
        program.run("watch", THREE, "--tag", "lung", "--no-backfill")
    return program


@pytest.mark.parametrize("what", ["changes", "versions", "trials"])
def test_only_the_trials_that_were_chosen(lived: Program, what: str) -> None:
    everything = trials(lived, what)
    assert everything >= {ONE, TWO, THREE}
    assert trials(lived, what, ONE) == {ONE}
    assert trials(lived, what, f"{TWO},{THREE}", ONE.lower()) == {ONE, TWO, THREE}
    assert trials(lived, what, "--tag", "liver") == {ONE, TWO, THREE}
    assert trials(lived, what, TWO, "--tag", "liver") == {TWO}


def test_a_tag_covers_the_watched_trials_that_have_it(labelled: Program, lived: Program) -> None:
    assert trials(labelled, "versions", "--tag", "liver") == {ONE, TWO}
    assert trials(labelled, "changes", "--tag", "lung") == {THREE}
    lived.run("unwatch", TWO)
    assert trials(lived, "versions", "--tag", "liver") == {ONE, THREE}
    assert trials(lived, "versions") == {ONE, TWO, THREE}


@pytest.mark.parametrize("rule", ["fdaaa801", "eu-ctr", "who-2017"])
def test_a_rule_chooses_those_it_applies_or_may_apply_to(labelled: Program, rule: str) -> None:
    answers = {
        row["trial"]: next(duty["applies"] for duty in row["duties"] if duty["rule"] == rule)
        for row in labelled.json("results")["trials"]
    }
    expected = {trial for trial, applies in answers.items() if applies is not False}
    for what in ("trials", "versions", "changes"):
        assert trials(labelled, what, "--rule", rule) == expected < {ONE, TWO, THREE}
    assert trials(labelled, "trials", ONE, "--rule", rule) == expected & {ONE}


def test_the_duties_of_a_trial_are_in_columns(labelled: Program) -> None:
    rows = {row["trial"]: row for row in labelled.run("export", "trials", "--format", "jsonl").lines}
    for trial in labelled.json("results")["trials"]:
        row = rows[trial["trial"]]
        duties = {duty["rule"]: duty for duty in trial["duties"]}
        for rule, name in (("fdaaa801", "fdaaa801"), ("eu-ctr", "eu_ctr"), ("who-2017", "who_2017")):
            told = (row[f"{name}_applies"], row[f"{name}_due"], row[f"{name}_days_late"])
            assert told == (duties[rule]["applies"], duties[rule]["due"], duties[rule]["days_late"])
        sure = {duty["due"]: rule for rule, duty in duties.items() if duty["applies"] and duty["due"]}
        assert (row["due"], row["due_rule"]) == ((min(sure), sure[min(sure)]) if sure else (None, None))
    assert [(rows[trial]["due_rule"], rows[trial]["due"]) for trial in (ONE, TWO)] == [
        ("who-2017", "2025-05-31"),
        (None, None),
    ]


@pytest.mark.parametrize(
    ("words", "code", "meant"),
    [
        (["--tag", "livr"], 2, "No watched trial has the tag 'livr'. Did you mean: liver?"),
        (["--tag", ""], 2, "No watched trial has the tag ''. See all"),
        ([ONE, "--tag", "lung"], 2, "No trial named here has the tag 'lung'"),
        (["--rule", "fdaa801"], 2, "'fdaa801' is none of fdaaa801, eu-ctr, who-2017. Did you mean: fdaaa801?"),
        (["--rule", "FDAAA"], 2, "is none of fdaaa801"),
        (["NCT09999999"], 4, "Nothing is stored about NCT09999999 yet"),
        (["NCT123"], 2, "NCT"),
    ],
)
@pytest.mark.parametrize("what", ["changes", "trials", "measures"])
def test_a_choice_that_does_not_exist_is_refused(
    labelled: Program, tmp_path: Path, words: list[str], code: int, meant: str, what: str
) -> None:
    run = labelled.run("export", what, *words, "--to", tmp_path / "x.csv", expect=code)
    assert meant in run.err and run.err.count("\n") == 1 and run.out == ""
    assert not (tmp_path / "x.csv").exists()


def test_a_table_or_format_that_does_not_exist_is_refused(program: Program) -> None:
    assert "Did you mean: trials?" in program.run("export", "trial", expect=2).err
    assert "Did you mean: jsonl?" in program.run("export", "trials", "--format", "json", expect=2).err


def test_of_several_ids_the_known_are_written_and_the_others_named(lived: Program, tmp_path: Path) -> None:
    run = lived.run("export", "versions", ONE, "NCT09999999", "--to", tmp_path / "x.jsonl", expect=3)
    assert "Nothing is stored about NCT09999999" in run.err
    written = (tmp_path / "x.jsonl").read_text().splitlines()
    assert {json.loads(line)["trial"] for line in written} == {ONE}


def test_an_answer_without_rows_is_said(labelled: Program, tmp_path: Path) -> None:
    words = ("export", "measures", ONE)
    assert labelled.run(*words).err == "No row matches what you asked for.\n"
    assert labelled.run(*words, "--to", tmp_path / "x.csv").err == f"{tmp_path / 'x.csv'}: 0 rows.\n"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """More trials of a tag than a query has conditions for."""
    names = [f"NCT{number:08}" for number in range(1, 701)]
    with RegistryServer([record(trial) for trial in names]) as registry:
        program = Program(tmp_path_factory.mktemp("many") / "home", registry)
        program.run("watch", *names[:600], "--tag", "most", "--no-backfill")
        program.run("watch", *names[600:], "--no-backfill")
        yield program


def test_a_tag_of_many_trials(many: Program) -> None:
    expected = {f"NCT{number:08}" for number in range(1, 601)}
    assert trials(many, "changes", "--tag", "most") == expected
    assert trials(many, "versions", "--tag", "most") == expected
