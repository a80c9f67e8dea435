"""Server-sent events on real sockets: nothing is lost or doubled, and who listens holds nothing and can be many."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from schedules.clock import ManualClock
from tests.support.channels.alert_setup import ONE, TWO, Alerting, alerting
from tests.support.daemon.daemon_process import wait_for
from tests.support.paths import ROOT
from tests.support.program.program import START, Program
from tests.support.web.alerting_site import DATABASES, alerting_site
from tests.support.web.event_stream import Listener, crowd, events_in, has_room, listening, received
from tests.support.web.own_loop import run_async
from tests.support.web.served import Served, served
from tracker.config.read_settings import load_settings
from tracker.daemon.log import Log
from tracker.web.server import open_site
from tracker.web.waiting.store_watch import StoreWatch
from tracker.web.waiting.streams import Batch, Place, Streams

STREAM = "/api/v1/changes/stream"
UNKNOWN = "NCT00000009"


@pytest.fixture(params=DATABASES)
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Alerting, Served]]:
    """A program on each database, and a server of its store."""
    with alerting_site(tmp_path, request.param) as found:
        yield found


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of a store in which nothing happens, shared by tests that only ask."""
    with alerting(tmp_path_factory.mktemp("still")) as alerts, served(alerts.program) as found:
        yield found


def stored(alerts: Alerting) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = alerts.json("changes")["changes"]
    return found


def change(alerts: Alerting, status: str, trial: str = ONE) -> int:
    """Change a trial, poll in another process, and return the last seq."""
    alerts.change(trial, status, 1, "--no-deliver")
    return int(stored(alerts)[-1]["seq"])


def refused(site: Served, path: str, headers: Mapping[str, str] = {}) -> httpx.Response:
    """Return the answer of a refusal. A stream that begins is not read: it has no end."""
    with site.client.stream("GET", path, headers=dict(headers)) as found:
        assert found.status_code != 200, f"a stream began at {path}"
        found.read()
    return found


class TestScripts:
    def test_two_listeners_hear_a_poll_as_the_list_gives_it(self, both: tuple[Alerting, Served]) -> None:
        alerts, site = both
        before = len(stored(alerts))
        with listening(site, STREAM) as one, listening(site, f"{STREAM}?after={before}") as two:
            last = change(alerts, "COMPLETED")
            pages = [it.waits(1)[0] for it in (one, two)]
            told = [listener.reaches(last) or listener.seqs for listener in (one, two)]
        assert told == [list(range(before + 1, last + 1))] * 2
        listed = site.get(f"/api/v1/changes?after={before}").json()
        for page in pages:
            assert page.name == "changes" and page.data.keys() == listed.keys()
            assert page.data["changes"] == listed["changes"][: len(page.data["changes"])]
            assert page.place == f"{listed['store']}:{page.data['up_to']}"

    def test_who_comes_back_loses_and_doubles_nothing(self, both: tuple[Alerting, Served]) -> None:
        alerts, site = both
        heard: list[int] = []
        place = ""
        for status in ("COMPLETED", "TERMINATED", "SUSPENDED"):
            with listening(site, f"{STREAM}?after=0", place=place) as listener:
                listener.reaches(stored(alerts)[-1]["seq"])
                last = change(alerts, status)
                listener.reaches(last)
            heard, place = heard + listener.seqs, listener.place
            change(alerts, "RECRUITING")  # without a listener
        with listening(site, STREAM, place=place) as listener:
            listener.reaches(stored(alerts)[-1]["seq"])
        assert heard + listener.seqs == [it["seq"] for it in stored(alerts)]

    def test_each_event_is_a_place_to_go_on_from(self, alerts: Alerting, site: Served) -> None:
        change(alerts, "COMPLETED")
        change(alerts, "TERMINATED", TWO)
        expected = [it["seq"] for it in stored(alerts)]
        with listening(site, f"{STREAM}?after=0&limit=1") as listener:
            first = listener.waits(len(expected))
        assert listener.seqs == expected
        for number, event in enumerate(first):
            with listening(site, f"{STREAM}?limit=1", place=event.place) as again:
                again.reaches(expected[-1])
            assert again.seqs == expected[number + 1 :]

    def test_a_filter_leaves_out_and_still_moves_the_place_on(self, alerts: Alerting, site: Served) -> None:
        with listening(site, f"{STREAM}?kind=trial.gone") as other, listening(site, f"{STREAM}?trial={ONE}") as one:
            last = change(alerts, "COMPLETED")
            one.reaches(last)
            other.reaches(last)
        assert other.heard == [] and len(one.seqs) == last - 2
        assert {it["trial"] for event in one.heard for it in event.data["changes"]} == {ONE}

    def test_a_place_beyond_the_end_stays(self, alerts: Alerting, site: Served) -> None:
        with listening(site, f"{STREAM}?after=3") as ahead, listening(site, f"{STREAM}?after=2") as beside:
            last = change(alerts, "COMPLETED")
            ahead.reaches(last)
            beside.reaches(last)
        assert (beside.seqs, ahead.seqs) == ([3, 4], [4])

    @pytest.mark.parametrize(
        ("query", "place", "status", "said"),
        [
            ("?after=-1", "", 400, "after must be 0 or more"),
            ("?afer=1", "", 400, "Did you mean: after?"),
            ("?since=7d", "", 400, "There is no parameter 'since' here"),
            ("?kind=result.*", "", 400, "names no kind of change"),
            ("?tag=livre", "", 400, "Did you mean: liver?"),
            (f"?trial={UNKNOWN}", "", 404, "Nothing is stored about"),
            ("?after=1&store=x%0A%0Aevent:+changes", "", 400, "store is the id of a store, not 'x"),
            ("", "nonsense", 400, "Last-Event-ID is the id of an event of this stream, not 'nonsense'"),
            ("", "store:1x", 400, "Last-Event-ID is"),
            ("", ":1", 400, "Last-Event-ID is"),
            ("", "s" * 80 + ":1", 400, "Last-Event-ID is"),
            ("", "store:" + "9" * 16, 400, "Last-Event-ID is"),
        ],
    )
    def test_a_wrong_question_is_refused_before_it_begins(
        self, still: Served, query: str, place: str, status: int, said: str
    ) -> None:
        found = refused(still, STREAM + query, {"last-event-id": place} if place else {})
        assert (found.status_code, found.headers["content-type"]) == (status, "application/problem+json")
        assert said in found.json()["detail"]

    def test_head_ends_at_once(self, still: Served) -> None:
        for path in (STREAM, "/events"):
            found = still.client.head(path)
            assert (found.status_code, found.content) == (200, b"")
            assert found.headers["content-type"].startswith("text/event-stream")
        assert still.get("/status").status_code == 200


class TestPages:
    def test_a_page_is_told_how_many_it_would_show(self, both: tuple[Alerting, Served]) -> None:
        alerts, site = both
        with listening(site, "/events?after=2") as page, listening(site, "/events?after=2&severity=all") as every:
            assert page.heard == every.heard == []
            last = change(alerts, "COMPLETED")
            assert [it.data["count"] for it in page.waits(1)] == [1]
            every.reaches(last)
            change(alerts, "TERMINATED")
            # From the page on, not from the last event on.
            assert page.waits(2)[1].data["count"] == 2
        shown = site.get("/changes.json").json()["changes"]
        assert len([it for it in shown if it["seq"] > 2]) == 2
        assert every.heard[-1].data["count"] >= last - 2

    def test_what_came_with_the_past_is_no_news_to_today(self, alerts: Alerting, site: Served) -> None:
        with listening(site, "/events?recent=1") as today, listening(site, "/events") as changes:
            last = change(alerts, "COMPLETED")
            today.reaches(last)
            changes.reaches(last)
        # Two trials were seen for the first time.
        assert (today.heard[-1].data["count"], changes.heard[-1].data["count"]) == (1, 3)

    def test_a_wrong_question_is_refused(self, still: Served) -> None:
        for query in ("after=x", "severity=grave", f"trial={UNKNOWN}", "since=soon"):
            assert refused(still, f"/events?{query}").status_code in (400, 404)


class TestAnotherStore:
    def test_a_restore_is_told_and_the_stream_begins_again(self, both: tuple[Alerting, Served], tmp_path: Path) -> None:
        alerts, site = both
        backup = tmp_path / "backup.db"
        alerts.run("backup", backup)
        change(alerts, "COMPLETED")
        old = site.get("/api/v1/changes").json()["store"]
        with listening(site, f"{STREAM}?after=0") as script, listening(site, "/events?after=2") as page:
            script.waits(1)
            alerts.run("restore", backup, "--replace")
            wait_for(lambda: [it for it in script.heard if it.name == "reset"], lambda: script)
            wait_for(lambda: [it for it in page.heard if it.name == "reset"], lambda: page)
            new = site.get("/api/v1/changes").json()
            script.reaches(new["up_to"])
            at = [it.name for it in script.heard].index("reset")
            wait_for(lambda: len(script.heard) > at + 1, lambda: script)
        assert script.heard[at].data == {"store": new["store"], "after": 0} and new["store"] != old
        after = [it["seq"] for event in script.heard[at + 1 :] for it in event.data["changes"]]
        assert after == [it["seq"] for it in new["changes"]]

    def test_who_was_away_meanwhile_is_told(self, alerts: Alerting, site: Served, tmp_path: Path) -> None:
        backup = tmp_path / "backup.db"
        with listening(site, STREAM) as listener:
            place = listener.place
        alerts.run("backup", backup)
        alerts.run("restore", backup, "--replace")
        for query, known in (("", place), (f"?after=2&store={place.partition(':')[0]}", "")):
            with listening(site, f"{STREAM}{query}", place=known) as again:
                assert [it.name for it in again.waits(2)] == ["reset", "changes"]
                assert again.seqs[:2] == [1, 2]

    def test_a_file_that_was_exchanged_is_told(self, alerts: Alerting, site: Served, tmp_path: Path) -> None:
        store = alerts.program.home / "trialwatch.db"
        shutil.copy(store, tmp_path / "other.db")
        with listening(site, STREAM) as listener:
            (tmp_path / "other.db").replace(store)
            [event] = listener.waits(1)
            assert (event.name, event.data) == ("reset", {"store": None, "after": 0})
            assert listener.ends() == "whole"


class TestTheServer:
    def test_it_stops_in_order_with_listeners(self, site: Served) -> None:
        with listening(site, STREAM) as script, listening(site, "/events") as page:
            assert site.stop() == 0
            # Not cut off: the server has said that this is all.
            assert (script.ends(), page.ends()) == ("whole", "whole")
        assert "Traceback" not in site.said()

    def test_listeners_may_be_many_but_not_endless(self, alerts: Alerting, site: Served) -> None:
        with ExitStack() as stack:
            sockets = stack.enter_context(crowd(site))
            found = refused(site, STREAM)
            assert (found.status_code, found.headers["retry-after"]) == (503, "30")
            assert found.json()["kind"] == "too_many_streams"
            assert found.json()["title"] == "Too many clients listen"
            assert refused(site, "/events").status_code == 503
            # There are far fewer threads and connections than listeners.
            assert site.get("/").status_code == site.get("/api/v1/changes").status_code == 200
            last = change(alerts, "COMPLETED")
            for each in sockets:
                assert f":{last}\n".encode() in received(each, f":{last}\n".encode())
            sockets[0].close()
            wait_for(lambda: has_room(site))
        with listening(site, STREAM) as listener:
            assert listener.place

    def test_a_token_is_needed_where_the_pages_need_one(self, alerts: Alerting, site: Served) -> None:
        token = alerts.json("tokens", "add", "script")["token"]["token"]
        for path in (STREAM, "/events"):
            assert refused(site, path, {"accept": "text/event-stream"}).status_code == 401
            with listening(site, path, headers={"authorization": f"Bearer {token}"}) as listener:
                assert listener.place

    def test_a_revoked_token_ends_its_streams(self, alerts: Alerting, site: Served) -> None:
        for name in ("script", "other"):
            made = alerts.json("tokens", "add", name)["token"]["token"]
            if name == "script":
                token = made
        with listening(site, STREAM, headers={"authorization": f"Bearer {token}"}) as listener:
            assert listener.place
            alerts.run("tokens", "revoke", "script")
            change(alerts, "COMPLETED")
            wait_for(lambda: listener.ended)
            assert (listener.heard, listener.ended) == ([], "whole")

    def test_no_proxy_is_to_collect_or_keep_it(self, still: Served) -> None:
        with listening(still, STREAM) as listener:
            headers = listener.headers
        assert headers is not None
        assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")
        assert headers["content-type"] == "text/event-stream; charset=utf-8"
        assert "default-src 'none'" in headers["content-security-policy"]


def test_the_example_of_the_guide_follows_and_goes_on(alerts: Alerting, site: Served, tmp_path: Path) -> None:
    guide = (ROOT / "docs/how-to/use-the-api.md").read_text(encoding="utf-8")
    [example] = [it for it in re.findall(r"```python\n(.*?)```", guide, re.DOTALL) if "changes/stream" in it]
    script = tmp_path / "follow.py"
    script.write_text(example.replace("http://127.0.0.1:8344/", site.url))
    place, said = tmp_path / "place.txt", tmp_path / "said"

    @contextmanager
    def start() -> Iterator[subprocess.Popen[bytes]]:
        with said.open("ab") as out:
            process = subprocess.Popen([sys.executable, "-u", script], cwd=tmp_path, stdout=out, env={"NO_PROXY": "*"})
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    with start() as first:
        wait_for(place.exists, said.read_text)
        last = change(alerts, "COMPLETED")
        wait_for(lambda: place.read_text().endswith(f":{last}"), said.read_text)
        assert said.read_text().count(ONE) == 2
        first.kill()
    change(alerts, "TERMINATED")
    with start() as second:
        wait_for(lambda: said.read_text().count(ONE) == 4, said.read_text)
        assert site.stop() == 0
        assert second.wait(60) == 0
    lines = said.read_text().splitlines()
    assert len(lines) == len(set(lines)) == 4, lines


def test_a_comment_comes_while_there_is_nothing(tmp_path: Path) -> None:
    program = Program(tmp_path / "home")
    program.run("list")
    clock = ManualClock(START)
    settings = load_settings({"TRIALWATCH_HOME": str(program.home)})
    with open_site(settings, clock, Log(clock)) as site:
        listener = run_async(_until_comments, Streams(site, StoreWatch(site.state, clock.stopwatch), heartbeat=0.01))
    assert listener.comments >= 3 and listener.heard == []


async def _until_comments(streams: Streams) -> Listener:
    """Ask as a server does, and go away after some comments."""
    sent = b""
    is_enough = anyio.Event()

    async def receive() -> dict[str, Any]:
        await is_enough.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal sent
        sent += message.get("body", b"")
        if sent.count(b"\n:\n") >= 3:
            is_enough.set()

    mark = await streams.watch.now()
    answer = streams.answer(lambda: True, Place(mark.store, mark.seq), mark, lambda seq, _: Batch(None, seq))
    with anyio.fail_after(60):
        await answer({"type": "http", "method": "GET", "headers": []}, receive, send)
    assert streams.open == 0
    return events_in(sent.decode())
