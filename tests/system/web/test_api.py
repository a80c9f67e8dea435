"""The API: the answers of the commands, a cursor that loses nothing, one form of refusal."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.daemon.daemon_process import wait_for
from tests.support.program.program import Program, update
from tests.support.web.api_store import HIDDEN, OLD, ONE, THREE, TWO, api_store, copied
from tests.support.web.served import Served, served
from tracker.api.schema.api_shapes import API_SHAPES

API = "/api/v1"
UNKNOWN = "NCT00000009"
PROBLEM = {"type", "title", "status", "detail", "kind", "subject"}
LISTS = {"/trials": "trials", "/outbox": "messages", "/changes": "changes", "/results": "owing"}
SAME = [
    (f"/trials/{ONE}", ["show", ONE]),
    (f"/trials/{ONE}?version=1", ["show", ONE, "--version", "1"]),
    (f"/trials/{ONE}?as_of=2026-08-15", ["show", ONE, "--as-of", "2026-08-15"]),
    (f"/trials/{ONE}?as_of=1d&basis=known", ["show", ONE, "--as-of", "1d", "--basis", "known"]),
    (f"/trials/{ONE}/versions", ["history", ONE]),
    (f"/trials/{ONE}/fields?field=status&field=dates.completion", ["history", ONE, "--field", "status"]),
    (f"/trials/{ONE}/diff", ["diff", ONE]),
    (f"/trials/{ONE}/diff?from=1&to=2", ["diff", ONE, "1", "2"]),
    (f"/trials/{ONE}/diff?from=2026-08-14&to=today", ["diff", ONE, "2026-08-14..today"]),
    (f"/trials/{ONE}/raw?version=1", ["show", ONE, "--version", "1", "--raw"]),
    (f"/trials/{ONE}/raw", ["show", ONE, "--raw"]),
    (f"/trials/{TWO}/results", ["results", TWO]),
    (f"/trials/{ONE}/reported", ["results", ONE, "--reported"]),
    (f"/trials/{ONE}/similar", ["similar", ONE, "--stored"]),
    (f"/trials/{ONE}/similar?limit=1&status=recruiting", ["similar", ONE, "--stored", "--status", "recruiting"]),
    ("/changes", ["changes"]),
    ("/changes?kind=results.*&kind=status.changed", ["changes", "--kind", "results.*", "--kind", "status.changed"]),
    ("/changes?min_severity=major&tag=liver", ["changes", "--min-severity", "major", "--tag", "liver"]),
    (f"/changes?trial={ONE.lower()}%20&since=2026-08-16", ["changes", ONE, "--since", "2026-08-16"]),
    ("/changes?after=3&limit=2", ["changes", "--after", "3", "--limit", "2"]),
    ("/results", ["results", "--owing"]),
    ("/results?sort=due&rule=who-2017&sponsor=a", ["results", "--owing", "--sort", "due", "--rule", "who-2017"]),
    ("/cohorts", ["list", "--cohorts"]),
    ("/outbox", ["alerts", "outbox"]),
    ("/outbox?state=pending&channel=me", ["alerts", "outbox", "--state", "pending", "--channel", "me"]),
    ("/status", ["status"]),
]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with api_store(tmp_path_factory.mktemp("api") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def site(program: Program) -> Iterator[Served]:
    with served(program) as found:
        worked_out(found)
        yield found


@pytest.fixture
def growing(program: Program, tmp_path: Path) -> Iterator[tuple[Program, Served]]:
    """Return a copy of the store, and its server, for a test that changes it."""
    with copied(program, tmp_path / "home") as made, served(made) as found:
        worked_out(found)
        yield made, found


def worked_out(site: Served) -> None:
    """Wait until the lists know where the results of each trial stand."""
    wait_for(lambda: answer(site, "/trials")["waiting"] == 0 or None, lambda: site.said())


def answer(site: Served, path: str) -> Any:
    found = site.get(f"{API}{path}")
    assert found.status_code == 200, (path, found.text)
    assert found.headers["content-type"] == "application/json"
    return found.json()


def refusal(site: Served, path: str, status: int) -> dict[str, Any]:
    """Return the answer to a question that is refused. It has the one form of all refusals."""
    found = site.get(f"{API}{path}")
    assert found.status_code == status, (path, found.text)
    assert found.headers["content-type"] == "application/problem+json"
    said: dict[str, Any] = found.json()
    assert said.keys() == PROBLEM and said["status"] == status
    return said


def poll(program: Program, trial: str, **status: object) -> None:
    """Change a trial at the registry, and look at it in another process."""
    assert program.registry is not None
    program.day()
    update(program.registry.studies[trial], program.clock.read_text()[:10], **status)
    program.run("poll", "--no-deliver")


class TestTheAnswers:
    @pytest.mark.parametrize(("path", "words"), SAME, ids=[path for path, _ in SAME])
    def test_are_those_of_the_command(self, site: Served, program: Program, path: str, words: list[str]) -> None:
        printed = program.run(*words, "-o", "json", expect=None).json
        given = answer(site, path)
        if words[0] == "history" and "--field" in words:
            printed["fields"] += program.json("history", ONE, "--field", "dates.completion")["fields"]
        assert {key: given[key] for key in printed} == printed

    def test_hold_something_to_compare(self, site: Served) -> None:
        for path in ("/similar", "/diff", "/fields?field=status"):
            assert list(answer(site, f"/trials/{ONE}{path}").values())[-1], path
        assert answer(site, f"/trials/{ONE}/reported")["reported"]["measures"]
        assert answer(site, "/results")["owing"] and answer(site, "/outbox")["messages"]
        assert answer(site, "/cohorts")["cohorts"] and answer(site, "/changes")["changes"]

    def test_every_route_is_asked(self, site: Served) -> None:
        asked = {path.partition("?")[0].replace(ONE, "{trial}").replace(TWO, "{trial}") for path, _ in SAME}
        rest = {"/trials", "/changes/stream", "/changes/{key}"}
        assert asked | rest == API_SHAPES.keys()
        document = answer(site, "/openapi.json")
        assert document["paths"].keys() == {f"{API}{path}" for path in API_SHAPES}

    @pytest.mark.parametrize("sort", ["trial", "status", "title", "checked", "slip", "changed"])
    def test_trials_are_those_of_the_list(self, site: Served, program: Program, sort: str) -> None:
        printed = program.json("list", "--tag", "liver", "--sort", sort)["trials"]
        page = answer(site, f"/trials?tag=liver&sort={sort}")
        assert [{key: row[key] for key in of} for row, of in zip(page["trials"], printed, strict=True)] == printed
        assert (page["total"], page["next"]) == (3, None)

    @pytest.mark.parametrize(
        ("query", "trials"),
        [
            ("status=terminated", [TWO]),
            ("status=completed&status=Terminated", [ONE, TWO]),
            ("results=posted", [ONE]),
            ("results=none&results=submitted", [TWO, THREE]),
            ("q=study+called+00002", [TWO]),
            ("q=sponsor", [ONE, TWO, THREE]),
            ("q=nowhere", []),
            ("owing=true", [TWO]),
            ("sort=trial&descending=true", [THREE, TWO, ONE]),
            ("sort=late", [TWO, ONE, THREE]),
        ],
    )
    def test_trials_are_filtered_and_sorted(self, site: Served, query: str, trials: list[str]) -> None:
        page = answer(site, f"/trials?{query}")
        assert [row["trial"] for row in page["trials"]] == trials and page["total"] == len(trials)

    def test_trials_that_are_no_longer_watched(self, growing: tuple[Program, Served]) -> None:
        program, site = growing
        program.run("unwatch", TWO)
        assert [row["trial"] for row in answer(site, "/trials")["trials"]] == [ONE, THREE]
        assert [row["trial"] for row in answer(site, "/trials?watched=false")["trials"]] == [ONE, TWO, THREE]

    def test_one_change_has_two_keys(self, site: Served) -> None:
        change = answer(site, "/changes")["changes"][-1]
        found = answer(site, f"/changes/{change['seq']}")
        assert found == answer(site, f"/changes/{change['id']}")
        assert found["change"] == change and found["title"] == f"A study called {TWO}"

    @pytest.mark.parametrize(
        "spelling",
        ["nct00000001", " NCT00000001 ", "NCT 00000001", "https%3A%2F%2Fclinicaltrials.gov%2Fstudy%2FNCT00000001"],
    )
    def test_ids_are_read_as_the_commands_read_them(self, site: Served, spelling: str) -> None:
        for below in ("", "/versions", "/results", "/similar"):
            assert json.dumps(answer(site, f"/trials/{spelling}{below}")).count(ONE)

    def test_an_obsolete_id_leads_on(self, site: Served) -> None:
        assert answer(site, f"/trials/{OLD}")["trial"] == THREE
        assert answer(site, f"/trials/{OLD}/versions")["trial"] == THREE
        assert {it["trial"] for it in answer(site, f"/changes?trial={OLD}")["changes"]} == {THREE}

    def test_head_is_get_without_the_content(self, site: Served) -> None:
        for path in ("/status", "/changes", f"/trials/{ONE}", f"/trials/{UNKNOWN}", "/openapi.json"):
            head, get = site.client.head(f"{API}{path}"), site.get(f"{API}{path}")
            assert (head.status_code, head.content) == (get.status_code, b"")
            assert head.headers["content-length"] == get.headers["content-length"]

    def test_hold_no_secret_of_a_channel(self, site: Served) -> None:
        messages = answer(site, "/outbox")["messages"]
        assert {it["channel"] for it in messages} == {"team", "me"} and any(it["last_error"] for it in messages)
        for path in ("/outbox", "/status", f"/trials/{ONE}", "/changes"):
            assert not [secret for secret in HIDDEN if secret in site.get(f"{API}{path}").text]


class TestPages:
    @pytest.mark.parametrize(
        ("path", "rows"), [("/outbox", "messages"), ("/changes", "changes"), ("/results", "owing")]
    )
    @pytest.mark.parametrize("limit", [1, 2, 1000])
    def test_together_are_the_whole(self, site: Served, path: str, rows: str, limit: int) -> None:
        whole = answer(site, f"{path}?limit=1000")
        found, more = [], ""
        while True:
            page = answer(site, f"{path}?limit={limit}{more}")
            found += page[rows]
            assert len(page[rows]) <= limit
            if page["next"] is None:
                break
            more = f"&after={page['next']}"
        assert found == whole[rows] and whole["next"] is None

    def test_lose_and_repeat_nothing_while_changes_arrive(self, growing: tuple[Program, Served]) -> None:
        program, site = growing
        seen, after = list[int](), 0
        for status in ("COMPLETED", "SUSPENDED", "RECRUITING", "TERMINATED"):
            page = answer(site, f"/changes?after={after}&limit=3")
            seen += [it["seq"] for it in page["changes"]]
            after = page["up_to"]
            poll(program, THREE, overallStatus=status)
        while (page := answer(site, f"/changes?after={after}&limit=3"))["changes"]:
            seen += [it["seq"] for it in page["changes"]]
            after = page["up_to"]
        stored = [it["seq"] for it in program.json("changes")["changes"]]
        assert seen == stored == list(range(1, len(stored) + 1)) and len(stored) > 12

    def test_go_on_after_what_did_not_match(self, site: Served) -> None:
        last = answer(site, "/changes")["up_to"]
        page = answer(site, "/changes?kind=results.posted&after=0")
        assert page["changes"][-1]["seq"] < last == page["up_to"]


class TestMarks:
    def test_a_quiet_client_gets_304(self, site: Served) -> None:
        for path in ("/changes", "/changes?kind=status.changed", "/changes?tag=liver", f"/trials/{ONE}", "/cohorts"):
            mark = site.get(f"{API}{path}").headers["etag"]
            again = site.get(f"{API}{path}", headers={"if-none-match": mark})
            assert (again.status_code, again.content) == (304, b"")

    def test_other_questions_have_other_marks(self, site: Served) -> None:
        paths = ["/changes", "/changes?limit=2", "/changes?after=1", "/changes?kind=site.*", "/changes?until=yesterday"]
        assert len({site.get(f"{API}{path}").headers["etag"] for path in paths}) == len(paths)

    def test_a_change_ends_the_mark(self, growing: tuple[Program, Served]) -> None:
        program, site = growing
        mark = {"if-none-match": site.get(f"{API}/changes").headers["etag"]}
        poll(program, THREE, overallStatus="SUSPENDED")
        assert site.get(f"{API}/changes", headers=mark).status_code == 200

    def test_a_tag_that_was_put_on_ends_the_mark(self, growing: tuple[Program, Served]) -> None:
        program, site = growing
        program.run("tag", ONE, "mine")
        first = site.get(f"{API}/changes?tag=mine")
        program.run("tag", TWO, "mine")
        again = site.get(f"{API}/changes?tag=mine", headers={"if-none-match": first.headers["etag"]})
        assert len(again.json()["changes"]) > len(first.json()["changes"])


class TestWaiting:
    def test_a_poll_of_another_process_wakes_it(self, growing: tuple[Program, Served]) -> None:
        program, site = growing
        last = answer(site, "/changes")["up_to"]
        with ThreadPoolExecutor(40) as pool:
            waiting = [pool.submit(answer, site, f"/changes?after={last}&wait=60") for _ in range(39)]
            other = pool.submit(answer, site, f"/changes?after={last}&wait=60&kind=trial.gone")
            # There are fewer threads and connections than requests that wait.
            assert answer(site, "/status")["status"]["healthy"] in (True, False)
            assert not any(it.done() for it in waiting)
            poll(program, THREE, overallStatus="SUSPENDED")
            pages = [it.result(timeout=50) for it in waiting]
            assert not other.done()
            site.stop()
            assert other.result(timeout=50)["changes"] == []
        assert {tuple(it["kind"] for it in page["changes"]) for page in pages} == {("status.changed", "admin.changed")}

    def test_it_ends_after_its_time_with_the_place_to_go_on(self, site: Served) -> None:
        last = answer(site, "/changes")["up_to"]
        page = answer(site, f"/changes?after={last}&wait=1")
        assert (page["changes"], page["up_to"], page["next"]) == ([], last, None)
        mark = site.get(f"{API}/changes?after={last}").headers["etag"]
        known = site.get(f"{API}/changes?after={last}&wait=1", headers={"if-none-match": mark})
        assert known.status_code == 304

    def test_what_is_there_is_answered_at_once(self, site: Served) -> None:
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(answer, site, "/changes?after=0&wait=60").result(timeout=30)["changes"]

    def test_the_server_stops_while_it_waits(self, growing: tuple[Program, Served]) -> None:
        _, site = growing
        last = answer(site, "/changes")["up_to"]
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(answer, site, f"/changes?after={last}&wait=60")
            answer(site, "/status")
            assert site.stop() in (0, 130)
            assert waiting.result(timeout=30)["changes"] == []


class TestRefusals:
    @pytest.mark.parametrize(
        ("path", "subject", "said"),
        [
            ("/changes?limit=1001", "limit", "limit must be 1,000 or less, not '1001'"),
            ("/changes?limit=0", "limit", "limit must be 1 or more, not '0'"),
            ("/changes?limit=ten", "limit", "limit must be a whole number, not 'ten'"),
            ("/changes?limit=", "limit", "limit must be a whole number"),
            ("/changes?limit=1&limit=2", "limit", "limit is given more than once; give it once"),
            ("/changes?limt=3", "limt", "There is no parameter 'limt' here. Did you mean: limit?"),
            ("/status?x=1", "x", "There is no parameter 'x' here. This takes none"),
            ("/changes?after=-1", "after", "after must be 0 or more"),
            ("/changes?after=99999999999999999999", "after", "after must be"),
            ("/changes?wait=5", "wait", "wait goes with after"),
            ("/changes?after=0&wait=61", "wait", "wait must be 60 or less"),
            ("/changes?severity=grave", "severity", "severity is one of 'critical', 'major', 'minor' or 'admin'"),
            ("/changes?severity=minor&min_severity=minor", "severity", "give one of them"),
            ("/changes?kind=result.*", "result.*", "kind names no kind of change"),
            ("/changes?tag=livre", "livre", "Did you mean: liver?"),
            ("/changes?since=soon", "soon", "'soon' is not a date"),
            ("/changes?since=2030-01-01", "since", "since 2030-01-01 is in the future"),
            ("/changes?since=2026-08-16&until=2026-08-15", "until", "give the earlier one as since"),
            ("/changes?trial=NCT1", "NCT1", "has eight"),
            ("/trials/hello", "hello", "is not an NCT number"),
            ("/trials/", "", "is not an NCT number"),
            (f"/trials/{ONE},{TWO}", f"{ONE},{TWO}", "names 2 trials"),
            (f"/trials/{ONE}?version=1&as_of=2026-01-01", "", "version and as_of name two different things"),
            (f"/trials/{ONE}?basis=known", "", "give a date with it, such as as_of 2024-06-01"),
            (f"/trials/{ONE}?basis=felt", "basis", "basis is one of 'registry' or 'known'"),
            (f"/trials/{ONE}/diff?from=1", "from", "from and to go together"),
            (f"/trials/{ONE}/diff?from=1&to=x", "x", "'x' is not a date"),
            (f"/trials/{ONE}/fields", "field", "field is missing"),
            (f"/trials/{ONE}/fields?field=statsu", "statsu", "There is no field 'statsu'"),
            (f"/trials/{ONE}/similar?phase=9", "PHASE9", "phase is one of"),
            ("/results?rule=fda", "rule", "rule is one of 'fdaaa801', 'eu-ctr' or 'who-2017'"),
            ("/trials?after=x", "after", "There is no page after 'x'"),
            ("/trials?after=W10", "after", "There is no page after 'W10'"),
            ("/trials?results=lost", "results", "results is one of 'none'"),
            ("/trials?watched=perhaps", "watched", "watched must be true or false"),
            ("/results?after=x", "after", "after is `next` of a page, not 'x'"),
            ("/results?ahead=-1", "ahead", "ahead must be 0 or more"),
            ("/outbox?state=lost", "state", "state is one of 'pending', 'held', 'sent' or 'dead'"),
            ("/outbox?channel=mee", "mee", "Did you mean: me?"),
            ("/outbox?after=msg_x", "after", "There is no message msg_x"),
        ],
    )
    def test_a_wrong_parameter(self, site: Served, path: str, subject: str, said: str) -> None:
        found = refusal(site, path, 400)
        assert said in found["detail"]
        assert (found["subject"], found["kind"]) == (
            subject,
            "invalid_id" if "NCT number" in said or subject == "NCT1" else "usage",
        )

    @pytest.mark.parametrize(
        ("path", "kind"),
        [
            (f"/trials/{UNKNOWN}", "unknown_trial"),
            (f"/trials/{UNKNOWN}/similar", "unknown_trial"),
            (f"/trials/{UNKNOWN}/results", "unknown_trial"),
            (f"/trials/{ONE}?version=99", "unknown_trial"),
            (f"/trials/{ONE}?as_of=1999", "unknown_trial"),
            (f"/trials/{THREE}/diff", "unknown_trial"),
            (f"/trials/{TWO}/reported", "no_results"),
            (f"/changes?trial={UNKNOWN}", "unknown_trial"),
            ("/changes/999", "unknown_change"),
            ("/changes/evt_x", "unknown_change"),
            ("/changes/99999999999999999999", "unknown_change"),
            ("/nowhere", "not_found"),
            ("/", "not_found"),
        ],
    )
    def test_what_is_not_there(self, site: Served, path: str, kind: str) -> None:
        assert refusal(site, path, 404)["kind"] == kind

    def test_some_unknown_trials_are_named(self, site: Served) -> None:
        page = answer(site, f"/changes?trial={ONE},{UNKNOWN}")
        assert page["unknown"] == [UNKNOWN] and {it["trial"] for it in page["changes"]} == {ONE}

    def test_no_other_method(self, site: Served) -> None:
        found = site.client.post(f"{API}/changes")
        assert (found.status_code, found.json().keys()) == (405, PROBLEM)

    def test_nothing_is_said_about_the_inside(self, site: Served) -> None:
        for path in ("/docs", "/redoc", "/changes/%00", "/trials/%00", "/changes?tag=%00", "/changes?kind=%ff"):
            found = site.get(f"{API}{path}")
            assert found.status_code in (400, 404) and "Traceback" not in found.text


def test_asking_while_a_poll_commits_gives_no_error(growing: tuple[Program, Served]) -> None:
    program, site = growing
    paths = ["/changes", f"/trials/{ONE}", "/status", "/results", "/outbox", f"/trials/{TWO}/similar", "/cohorts"]
    done = threading.Event()

    def ask(path: str) -> list[str]:
        said = []
        while not done.is_set():
            found = site.get(f"{API}{path}")
            said.append("" if found.status_code == 200 else f"{path}: {found.text}")
        return said

    with ThreadPoolExecutor(len(paths)) as pool:
        asking = [pool.submit(ask, path) for path in paths]
        try:
            for status in ("SUSPENDED", "RECRUITING", "COMPLETED"):
                poll(program, THREE, overallStatus=status)
        finally:
            done.set()
    said = [it for each in asking for it in each.result()]
    assert set(said) == {""} and len(said) > len(paths)
