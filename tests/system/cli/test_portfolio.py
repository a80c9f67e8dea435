"""A portfolio: who owes results, who slipped, what is new; by trial and by sponsor, as a person and a script ask."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.program.program import Program, record, update
from tests.support.registry.embedded_registry import RegistryServer, Study, signed

MISSING, SLIPPED, POSTED, PENDING, ENDED, SEEN_LATE = (f"NCT{number:08}" for number in range(1, 7))
LINE = {"sponsor", "due", "overdue", "late", "posted", "slip", "changed"}


def date(text: str) -> dict[str, str]:
    return {"date": text, "type": "ACTUAL"}


def made(trial: str, sponsor: str | None, completed: str | None, status: str = "COMPLETED") -> Study:
    study = record(trial)
    module = study["protocolSection"]["statusModule"]
    module |= {"overallStatus": status, "primaryCompletionDateStruct": date(completed)} if completed else {}
    if sponsor is None:
        del study["protocolSection"]["sponsorCollaboratorsModule"]
    else:
        study["protocolSection"]["sponsorCollaboratorsModule"]["leadSponsor"]["name"] = sponsor
        signed(study)
    return study


def post(study: Study, submitted: str, on: str) -> None:
    update(study, on, resultsFirstSubmitDate=submitted, resultsFirstPostDateStruct=date(on))
    study |= {"hasResults": True, "resultsSection": {"participantFlowModule": {}}}


@pytest.fixture(scope="session")
def _portfolio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Watched from 14 August 2026 on. The next day one slips, one posts; the daemon is off for a week after that."""
    home = tmp_path_factory.mktemp("portfolio") / "home"
    studies = [
        made(MISSING, "Alpha", "2025-05-10"),
        made(SLIPPED, "Alpha", "2026-12", "RECRUITING"),
        made(POSTED, "Beta", "2025-06-01"),
        made(PENDING, "Beta", "2025-07-01"),
        made(ENDED, None, "2026-01-31", "TERMINATED"),
        made(SEEN_LATE, "Gamma", "2025-08-01"),
    ]
    with RegistryServer(studies) as registry:
        program = Program(home, registry)
        program.run("watch", *registry.studies, "--tag", "ours", "--no-backfill")
        program.day()
        update(studies[1], "2026-08-15", primaryCompletionDateStruct=date("2027-12"))
        post(studies[2], "2026-06-11", "2026-08-15")
        studies[3]["derivedSection"]["miscInfoModule"]["submissionTracking"] = {
            "submissionInfos": [{"releaseDate": "2026-06-29", "resetDate": "2026-07-20"}]
        }
        program.run("poll")
        post(studies[5], "2026-07-30", "2026-08-16")
        program.day(7)
        program.run("poll")
        program.day()
        del studies[3]["derivedSection"]["miscInfoModule"]["submissionTracking"]
        program.run("poll")
    return home


@pytest.fixture
def portfolio(tmp_path: Path, _portfolio: Path) -> Iterator[Program]:
    """A copy of it on 24 August, a day after its last poll, without a registry."""
    shutil.copytree(_portfolio, tmp_path / "home")
    program = Program(tmp_path / "home")
    program.day(10)
    yield program


def trials(rows: list[dict[str, Any]]) -> list[str]:
    return [row["trial"] for row in rows]


def test_sorted_by_what_is_missing_longest(portfolio: Program) -> None:
    found = portfolio.json("list", "--sort", "overdue")["trials"]
    # due 2026-05-10: 106 days; due 2026-07-01, its submission returned and then gone: 54 days; the rest owes nothing
    assert [(row["trial"], row["overdue"]) for row in found] == [
        (MISSING, 106), (PENDING, 54), (SLIPPED, None), (POSTED, None), (ENDED, None), (SEEN_LATE, None),
    ]  # fmt: skip
    assert found[0].keys() >= LINE and found[0] | {"sponsor": "Alpha", "due": "2026-05-10", "late": 106} == found[0]
    late = {row["trial"]: row["late"] for row in found}
    assert (late[POSTED], late[SEEN_LATE], late[ENDED]) == (10, None, None)
    cells = portfolio.run("list", "--sort", "overdue", "-o", "csv").cells
    assert [row["overdue"] for row in cells[:3]] == ["106", "54", ""] and set(cells[0]) >= LINE


def test_sorted_by_slip_and_by_last_change(portfolio: Program) -> None:
    slipped = portfolio.json("list", "--sort", "slip")["trials"]
    assert (slipped[0]["trial"], slipped[0]["slip"]) == (SLIPPED, 365)
    assert {row["slip"] for row in slipped[1:]} == {0}
    changed = portfolio.json("list", "--sort", "changed")["trials"]
    assert [(row["trial"], row["changed"]) for row in changed] == [
        (PENDING, "2026-08-23"), (SEEN_LATE, "2026-08-16"), (SLIPPED, "2026-08-15"), (POSTED, "2026-08-15"),
        (MISSING, None), (ENDED, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sort", "heading", "says"),
    [("overdue", "Overdue", "106 days"), ("slip", "Slip", "365 days"), ("changed", "Last change", "2026-08-23")],
)
def test_a_sort_shows_what_it_sorts_by(portfolio: Program, sort: str, heading: str, says: str) -> None:
    first, _, line, *_ = portfolio.run("list", "--sort", sort, "-o", "table", COLUMNS="120").out.splitlines()
    assert heading in first and says in line
    assert heading not in portfolio.run("list", "-o", "table", COLUMNS="120").out
    assert LINE.isdisjoint(portfolio.json("list")["trials"][0])


def test_the_slip_of_the_list_is_that_of_the_history(portfolio: Program) -> None:
    for row in portfolio.json("list", "--sort", "slip")["trials"][:2]:
        [series] = portfolio.json("history", row["trial"], "--field", "dates.primary_completion")["fields"]
        assert series["slip"]["days"] == row["slip"]


def test_a_history_of_a_date_ends_with_its_slip(portfolio: Program) -> None:
    def fields(*names: str) -> list[Any]:
        words = [word for name in names for word in ("--field", name)]
        return [series["slip"] for series in portfolio.json("history", SLIPPED, *words)["fields"]]

    assert fields("dates.primary_completion", "dates.completion", "status") == [
        {"first": "2026-12", "last": "2027-12", "days": 365, "moves": 1},
        None,
        None,
    ]
    shown = portfolio.run("history", SLIPPED, "--field", "dates.primary_completion", "-o", "table").out
    assert shown.splitlines()[-1].strip() == "In all 365 days later, in 1 move: from 2026-12 to 2027-12"
    still = portfolio.run("history", MISSING, "--field", "dates.primary_completion", "-o", "table").out
    assert still.splitlines()[-1].strip() == "It never moved."


def test_the_scorecard_of_sponsors(portfolio: Program) -> None:
    found = portfolio.json("results", "--tag", "ours", "--by", "sponsor")
    numbers = "trials due late overdue pending posted median_slip".split()
    assert [(card["sponsor"], [card[name] for name in numbers]) for card in found["sponsors"]] == [
        ("Beta", [2, 2, 2, 1, 0, 1, 0]),
        ("Alpha", [2, 1, 1, 1, 0, 0, 0]),
        ("Gamma", [1, 1, 0, 0, 0, 1, 0]),
        ("(no sponsor given)", [1, 0, 0, 0, 0, 0, 0]),
    ]
    assert found.keys() == {"sponsors"} and set(found["sponsors"][0]) == {"sponsor", *numbers}
    assert portfolio.run("results", "--by", "sponsor").lines == found["sponsors"]
    assert portfolio.run("results", "--by", "sponsor", "-o", "csv").cells[0]["late"] == "2"
    table = portfolio.run("results", "--by", "sponsor", "-o", "table").out.splitlines()
    assert table[2].split()[:6] == ["Beta", "2", "2", "2", "1", "0"]
    assert table[-1].split() == ["(all", "sponsors)", "6", "4", "3", "2", "0", "2", "0", "days"]


def test_results_of_several_trials_end_with_the_scorecard_and_keep_their_shape(portfolio: Program) -> None:
    found = portfolio.json("results", "--tag", "ours")
    assert found.keys() == {"trials", "sponsors"}
    assert [card["sponsor"] for card in found["sponsors"]] == ["Beta", "Alpha", "Gamma", "(no sponsor given)"]
    assert portfolio.run("results").lines == found["trials"], "a line is a trial"
    table = portfolio.run("results", "-o", "table", COLUMNS="140").out
    assert table.index(MISSING) < table.index("Median slip") < table.index("(all sponsors)")
    alone = portfolio.run("results", MISSING, "-o", "table").out
    assert "Median slip" not in alone and "who-2017:" in alone


def test_completed_without_results(portfolio: Program) -> None:
    """What a systematic reviewer asks: it ended, and its results are not posted. What was pending is none of them."""
    found = portfolio.run("results", "--unposted").lines
    assert trials(found) == [MISSING, PENDING, ENDED]
    assert portfolio.json("results", "--unposted", "--by", "sponsor")["sponsors"][0]["sponsor"] == "Alpha"
    assert trials(portfolio.run("results", SLIPPED, ENDED, "--unposted").lines) == [ENDED]
    none = portfolio.run("results", SLIPPED, "--unposted", "-o", "table")
    assert none.out == "" and "None of these trials" in none.err


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ("2026-08-14", [POSTED, SEEN_LATE]),
        ("2026-08-16", [SEEN_LATE]),
        # posted on the 16th, but nobody who searched on the 20th could have it from us: we saw it on the 22nd
        ("2026-08-20", [SEEN_LATE]),
        ("2026-08-22T16:00Z", []),
        ("9d", [POSTED, SEEN_LATE]),
        ("1d", []),
    ],
)
def test_results_since_the_last_search(portfolio: Program, since: str, expected: list[str]) -> None:
    assert trials(portfolio.run("results", "--posted-since", since).lines) == expected


def test_results_posted_before_the_first_look_count_by_the_registrys_day(tmp_path: Path) -> None:
    study = made(POSTED, "Beta", "2025-06-01")
    post(study, "2026-06-11", "2026-08-10")
    with RegistryServer([study]) as registry:
        program = Program(tmp_path / "home", registry)
        program.run("watch", POSTED, "--no-backfill")
    assert trials(program.run("results", "--posted-since", "2026-08-10").lines) == [POSTED]
    assert trials(program.run("results", "--posted-since", "2026-08-11").lines) == []


def test_what_was_pending_and_vanished_is_shown_with_the_days_in_each_state(portfolio: Program) -> None:
    [found] = portfolio.json("results", PENDING)["trials"]
    assert (found["state"], found["vanished"], found["days_in_state"]) == ("none", "2026-08-23", 1)
    assert found["states"] == [
        {"state": "submitted", "from": "2026-06-29", "to": "2026-07-20", "days": 21},
        {"state": "returned", "from": "2026-07-20", "to": "2026-08-23", "days": 34},
        {"state": "none", "from": "2026-08-23", "to": None, "days": 1},
    ]
    shown = " ".join(portfolio.run("results", PENDING, "-o", "table", COLUMNS="200").out.split())
    assert "states: submitted 21 days, returned 34 days, none 1 day so far" in shown
    assert "vanished: since 2026-08-23 the registry no longer lists what was returned" in shown
    assert "no longer listed since 2026-08-23" in portfolio.run("results", "-o", "table", COLUMNS="200").out


def test_a_wrong_way_to_ask_is_said(portfolio: Program) -> None:
    assert "sponsor" in portfolio.error("results", "--by", "country", code=2)[0]
    assert "7d" in portfolio.error("results", "--posted-since", "recently", code=2)[0]
    assert "overdue" in portfolio.error("list", "--sort", "lateness", code=2)[0]


def test_the_export_of_trials_carries_the_same(portfolio: Program) -> None:
    rows = portfolio.run("export", "trials", "--format", "jsonl").lines
    assert trials(rows) == [MISSING, SLIPPED, POSTED, PENDING, ENDED, SEEN_LATE]
    listed = {row["trial"]: row for row in portfolio.json("list", "--sort", "overdue")["trials"]}
    for row in rows:
        assert {name: row[name] for name in LINE} == {name: listed[row["trial"]][name] for name in LINE}
    assert [row["trial"] for row in rows if row["unposted"]] == [MISSING, PENDING, ENDED]
    since = portfolio.run("export", "trials", "--since", "2026-08-20", "--format", "jsonl").lines
    assert trials(since) == [SEEN_LATE]
    assert portfolio.run("export", "trials").cells[0]["overdue"] == "106"
