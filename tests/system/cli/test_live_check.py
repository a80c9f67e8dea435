"""doctor --live: seven questions, against a registry of our own making and against answers that the real ones gave."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.paths import SHARED
from tests.support.program.program import Program, record
from tests.support.registry.embedded_registry import RegistryServer, Reply, Request
from tests.support.registry.euctr_pages import page
from tests.support.registry.refusing_edge import Edge, words
from tracker.services.diagnostics.live_check import Subjects

DATA = SHARED / "data"
ASKED = Subjects()
QUESTIONS = [
    "version",
    "one trial",
    "an obsolete number",
    "200 numbers in one request",
    "a search of twelve words",
    "the history of a trial",
    "a page of the EU register",
]
JSON = "application/json"


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    trials = [ASKED.trial, "NCT00189228", *ASKED.many[:40]]
    with RegistryServer([record(it) for it in trials], aliases={ASKED.obsolete: "NCT00189228"}) as registry:
        yield Program(tmp_path / "home", registry)


def eu_page(request: Request) -> Reply | None:
    if "/ctr-search/trial/" not in request.path:
        return None
    return Reply(200, page("PT", number="2011-005852-33").encode(), "text/html; charset=utf-8")


def live(program: Program, report: Path, expect: int = 0) -> dict[str, tuple[bool | None, str]]:
    assert program.registry is not None
    run = program.run(
        "doctor", "--live", "--report", report, "-o", "json", expect=expect, TRIALWATCH_EUCTR_URL=program.registry.url
    )
    rows = [row for row in run.json["checks"] if row["check"].startswith("live: ")]
    return {row["check"].removeprefix("live: "): (row["ok"], row["detail"]) for row in rows}


@pytest.mark.fault("R-A8")
def test_all_seven_assumptions_hold(program: Program, tmp_path: Path) -> None:
    assert program.registry is not None
    program.registry.faults = eu_page
    found = live(program, tmp_path / "live.txt")
    assert list(found) == QUESTIONS
    assert [ok for ok, _ in found.values()] == [True] * 7, found
    assert len(program.registry.requests) == 8, "one each, and one more to follow the obsolete number"
    assert "40 records for 200 numbers" in found["200 numbers in one request"][1]
    [search] = [it.query["query.cond"] for it in program.registry.requests if "query.cond" in it.query]
    assert words(search) == 12
    report = (tmp_path / "live.txt").read_text()
    assert report.count("GET http") == 8 and "dataTimestamp" in report
    assert program.json("list")["trials"] == [], "nobody is watched"


@pytest.mark.fault("R-A8")
def test_a_closed_door_is_told_for_each_question(program: Program, tmp_path: Path) -> None:
    assert program.registry is not None
    program.registry.edge = Edge(closed=True)
    found = live(program, tmp_path / "live.txt", expect=1)
    assert [ok for ok, _ in found.values()] == [False] * 7 or found["the history of a trial"][0] is None
    assert "firewall" in found["version"][1]
    report = (tmp_path / "live.txt").read_text()
    assert "status 403" in report and "Forbidden" in report


@pytest.mark.fault("R-A8")
@pytest.mark.parametrize(
    ("question", "spoil", "said"),
    [
        ("version", lambda it: Reply(200, b"{}", JSON) if it.path.endswith("/version") else None, "no dataTimestamp"),
        (
            "an obsolete number",
            lambda it: Reply(404, b"not found") if ASKED.obsolete in it.path else None,
            "does not lead to the trial",
        ),
        (
            "200 numbers in one request",
            lambda it: Reply(414, b"") if len(it.ids) > 100 else None,
            "refused the question as too long",
        ),
        (
            "a search of twelve words",
            lambda it: Reply(400, b"Too complicated query") if "query.cond" in it.query else None,
            "Too complicated query",
        ),
        (
            "a page of the EU register",
            lambda it: Reply(200, b"<html>moved</html>", "text/html") if "/ctr-search/" in it.path else None,
            "cannot be read",
        ),
    ],
)
def test_what_does_not_hold_is_named(
    program: Program, tmp_path: Path, question: str, spoil: Callable[[Request], Reply | None], said: str
) -> None:
    assert program.registry is not None
    program.registry.faults = lambda request: spoil(request) or eu_page(request)
    found = live(program, tmp_path / "live.txt", expect=1)
    assert found[question][0] is False and said in found[question][1]
    assert [ok for name, (ok, _) in found.items() if name != question] == [True] * 6
    assert f"## {question}: DOES NOT HOLD" in (tmp_path / "live.txt").read_text()


@pytest.mark.fault("R-A8")
def test_a_guarded_history_is_no_fault_of_this_installation(program: Program, tmp_path: Path) -> None:
    assert program.registry is not None
    program.registry.edge, program.registry.faults = Edge(), eu_page
    found = live(program, tmp_path / "live.txt")
    assert found["the history of a trial"][0] is None
    assert "Everything else works without it" in found["the history of a trial"][1]


@pytest.mark.fault("R-A8")
def test_the_report_holds_no_address_of_a_person(program: Program, tmp_path: Path) -> None:
    assert program.registry is not None
    program.home.mkdir()
    (program.home / "trialwatch.toml").write_text('[http]\ncontact = "me@example.org"\n')
    program.registry.faults = lambda it: (
        Reply(200, b'{"mail": "nurse@hospital.example", "x": 1}', JSON, {"Set-Cookie": "sid=secret; Path=/"})
        if it.path.endswith("/version")
        else None
    )
    live(program, tmp_path / "live.txt", expect=1)
    report = (tmp_path / "live.txt").read_text()
    assert "@example.org" not in report and "@hospital" not in report and "secret" not in report
    assert "<mail address>" in report and "sid=..." in report


def test_offline_asks_no_registry(program: Program) -> None:
    assert program.registry is not None
    program.run("doctor", "--offline")
    assert program.registry.requests == []
    assert "give one of them" in program.error("doctor", "--offline", "--live", code=2)[0]


@pytest.mark.fault("R-A8")
def test_the_questions_hold_on_answers_the_real_registries_gave(tmp_path: Path) -> None:
    if not (DATA / "ctgov" / "version").is_dir():
        pytest.skip("the optional folder of real answers (../shared/data) is not on this machine")
    with RegistryServer(faults=_recorded(DATA)) as registry:
        found = live(Program(tmp_path / "home", registry), tmp_path / "live.txt", expect=1)
    holds = {name: ok for name, (ok, _) in found.items()}
    # The recordings are of other trials than the ones asked about; what depends on the trial alone cannot hold.
    assert holds == {
        "version": True,
        "one trial": True,
        "an obsolete number": True,
        "200 numbers in one request": False,
        "a search of twelve words": True,
        "the history of a trial": True,
        "a page of the EU register": False,
    }, found
    assert "was not asked for" in found["200 numbers in one request"][1]
    assert "2005-002909-23" in found["a page of the EU register"][1]


def _recorded(data: Path) -> Callable[[Request], Reply | None]:
    """Answers as they were recorded, whatever trial they are of."""
    records = {path.name[:11]: path for path in sorted((data / "ctgov" / "records").glob("NCT*.json"))}
    search = data / "ctgov/search_pages/genomoncology__biomcp__search_melanoma_recruiting_limit3_20260811.json"
    history = json.loads((data / "ctgov/history/NCT03690141.history_true.json").read_bytes())["history"]

    def reply(request: Request) -> Reply | None:
        if request.path.endswith("/version"):
            return Reply(200, (data / "ctgov/version/cheiron__version.json").read_bytes(), JSON)
        if request.path == "/api/v2/studies":
            page = {"totalCount": 3, "studies": json.loads(search.read_bytes())["studies"]}
            return Reply(200, json.dumps(page).encode(), JSON)
        if request.path.startswith("/api/int/"):
            return Reply(200, json.dumps(history).encode(), JSON)
        if request.path.startswith("/ctr-search/"):
            return Reply(200, (data / "euctr/2005-002909-23__PT.html").read_bytes(), "text/html; charset=utf-8")
        trial = request.path.rpartition("/")[2]
        if trial == ASKED.obsolete:
            return Reply(301, headers={"Location": "/api/v2/studies/NCT00189228"})
        known = trial if trial in records else next(iter(records))
        body = records[known].read_bytes().replace(known.encode(), trial.encode())
        return Reply(200, body, JSON)

    return reply
