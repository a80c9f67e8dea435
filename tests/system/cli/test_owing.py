"""`results --owing`: one table of who owes results."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program.program import Program, record
from tests.support.registry.embedded_registry import RegistryServer, Study, signed

LATE, LATER, GRACE, HANDED_IN = (f"NCT0000000{number}" for number in range(1, 5))


def trial(name: str, completed: str, sponsor: str) -> Study:
    made = record(name)
    made["protocolSection"]["statusModule"]["completionDateStruct"] = {"date": completed, "type": "ACTUAL"}
    made["protocolSection"]["statusModule"].pop("primaryCompletionDateStruct", None)
    made["protocolSection"]["sponsorCollaboratorsModule"]["leadSponsor"]["name"] = sponsor
    made["protocolSection"]["identificationModule"]["briefTitle"] = f"The trial of {sponsor}"
    return signed(made)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """On 14 August 2026: two trials owe results, one of them longer; one is in grace; one has handed its results in."""
    handed = trial(HANDED_IN, "2024-01-10", "Charité")
    handed["derivedSection"]["miscInfoModule"]["submissionTracking"] = {
        "submissionInfos": [{"releaseDate": "2026-01-01"}]
    }
    found = [trial(LATE, "2025-03-10", "Charité"), trial(LATER, "2024-03-10", "Bayer AG"), handed]
    with RegistryServer([*found, trial(GRACE, "2025-08-01", "Bayer AG")]) as registry:
        program = Program(tmp_path / "home", registry)
        program.run("watch", LATE, HANDED_IN, "--tag", "liver")
        program.run("watch", LATER, GRACE)
        yield program


def rows(program: Program, *words: str) -> list[tuple[str, str, int | None]]:
    return [(it["trial"], it["due"], it["days_late"]) for it in program.json("results", "--owing", *words)["owing"]]


ALL = [(LATER, "2025-03-10", 522), (LATE, "2026-03-10", 157), (GRACE, "2026-08-01", None)]


@pytest.mark.fault("R-F2")
def test_the_latest_stand_first_and_what_is_handed_in_is_not_owed(program: Program) -> None:
    assert rows(program) == ALL
    first = program.json("results", "--owing")["owing"][0]
    assert first | {"title": 0} == {
        "trial": LATER,
        "title": 0,
        "sponsor": "Bayer AG",
        "rule": "who-2017",
        "due": "2025-03-10",
        "days_late": 522,
        "state": "none",
    }


def test_it_is_narrowed_and_ordered(program: Program) -> None:
    assert rows(program, "--tag", "liver") == [ALL[1]]
    assert rows(program, "--sponsor", "bayer") == [ALL[0], ALL[2]]
    assert rows(program, "--sort", "trial") == sorted(ALL)
    assert rows(program, "--sort", "due", "--limit", "1") == [ALL[0]]
    assert rows(program, "--rule", "fdaaa801") == []
    assert rows(program, LATE, GRACE) == [ALL[1], ALL[2]]


def test_the_table_names_trial_sponsor_and_days_at_every_width(program: Program) -> None:
    for width in (80, 100, 140):
        seen = program.terminal("results", "--owing", "--limit", "2", width=width, NO_COLOR="1")
        assert "The trial of" in seen and "522" in seen and "And 1 more" in seen
        assert all(len(line) <= width for line in seen.splitlines() if line.startswith("NCT"))
    assert "in grace" in program.terminal("results", "--owing", width=140)


def test_csv_has_one_plain_row_for_each(program: Program) -> None:
    cells = program.run("results", "--owing", "-o", "csv").cells
    assert [it["sponsor"] for it in cells] == ["Bayer AG", "Charité", "Bayer AG"]
    assert not any("{" in value for row in cells for value in row.values())


REFUSED = [
    (("--rule", "fdaaa80"), "Did you mean: fdaaa801?"),
    (("--sponsor", "Bayern"), "Did you mean: Bayer AG?"),
    (("--unposted",), "--owing and --unposted are two questions"),
    (("--by", "sponsor"), "--owing and --by are two questions"),
]


@pytest.mark.parametrize(("words", "said"), REFUSED)
def test_a_typing_error_is_refused_with_what_was_meant(program: Program, words: tuple[str, ...], said: str) -> None:
    sentence, _ = program.error("results", "--owing", *words, code=2)
    assert said in sentence


def test_its_options_without_it_are_refused(program: Program) -> None:
    sentence, _ = program.error("results", "--rule", "fdaaa801", code=2)
    assert "go with --owing" in sentence
