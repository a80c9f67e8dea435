"""Polls of the EU register: the same steps as every other, from pages. What is damaged is never an event."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from schedules.clock import ManualClock
from storage.integrity.verify import verify
from storage.polling import runs
from storage.versions import history, trials
from storage.versions.history import ChangeFilter
from storage.watching import watches
from tests.support.harness import QUICK, START
from tests.support.registry.embedded_registry import RegistryServer, Reply
from tests.support.registry.euctr_pages import NUMBER, POSTED, TRIAL, Facts, Register, page
from tracker.app import open_context
from tracker.config.read_settings import load_settings
from tracker.context.context import Context
from tracker.polling.poll_all import poll_all
from tracker.polling.run.report import PollReport


class EuWorld:
    """A harness whose EU register is on loopback; time stands until `day`."""

    def __init__(self, context: Context, register: Register, clock: ManualClock) -> None:
        self.context, self.register, self.clock = context, register, clock
        self.heard = 0

    @property
    def countries(self) -> dict[str, Facts]:
        return self.register.trials[NUMBER]

    def watch(self, *names: str) -> None:
        with self.context.database.write() as session:
            for trial in names:
                watches.watch(session, trial, "euctr", self.clock.now())

    def poll(self, **options: Any) -> PollReport:
        return poll_all(self.context, **options)

    def day(self, days: int = 1) -> None:
        self.clock.advance(timedelta(days=days))

    def news(self) -> list[tuple[str, str]]:
        """Kind and summary of what has been told since it was last asked, but for what is about us."""
        with self.context.database.read() as session:
            found = history.changes(session, ChangeFilter(after_seq=self.heard))
        self.heard = max([self.heard, *(row.seq for row, _ in found)])
        return [(row.kind, row.summary) for row, _ in found if row.trial]

    def sound(self) -> None:
        with self.context.database.read() as session:
            assert list(verify(session)) == []


@pytest.fixture
def eu(tmp_path: Any) -> Iterator[EuWorld]:
    with RegistryServer() as server:
        register = Register(server)
        settings = load_settings(
            {
                "TRIALWATCH_HOME": str(tmp_path),
                "TRIALWATCH_CTGOV_URL": server.url,
                "TRIALWATCH_EUCTR_URL": server.url,
                "TRIALWATCH_REQUESTS_PER_SECOND": "1000",
            }
        )
        clock = ManualClock(START)
        with open_context(settings, clock, QUICK) as context:
            yield EuWorld(context, register, clock)


@pytest.fixture
def settled(eu: EuWorld) -> EuWorld:
    eu.watch(TRIAL)
    assert eu.poll().outcome == "complete"
    assert [kind for kind, _ in eu.news()] == ["trial.first_seen"]
    return eu


def test_a_trial_is_watched_read_once_a_day_and_compared(settled: EuWorld) -> None:
    asked = len(settled.register.asked)
    assert asked == 3, "the list, and a page a country"
    assert settled.poll().outcome == "unchanged"
    assert len(settled.register.asked) == asked, "its gate is the day"
    settled.day()
    assert settled.poll().outcome == "complete"
    assert (len(settled.register.asked), settled.news()) == (2 * asked, [])
    settled.countries["PT"].status = "Completed"
    settled.countries["FR"] = Facts(entered="2026-08-01")
    settled.day()
    assert settled.poll().changed == 1
    told = dict(settled.news())
    assert told.keys() == {"country.changed", "admin.changed"}, "the trial goes on; PT's form also says that it ended"
    assert told["country.changed"] == "Country added: FR; Status by country: PT from Ongoing to Completed"
    settled.sound()


def test_results_and_ends_are_told_as_of_every_registry(settled: EuWorld) -> None:
    for facts in settled.countries.values():
        facts.status, facts.ended = "Prematurely Ended", "2026-08-01"
    settled.day()
    settled.poll()
    told = dict(settled.news())
    assert told["status.changed"] == "Status changed from Ongoing to Terminated, no reason given (after the start)"
    assert told["date.completion_changed"].startswith("Completion")
    settled.countries["PT"].results = POSTED
    settled.day()
    settled.poll()
    assert dict(settled.news())["results.posted"] == "Results posted"
    settled.countries["PT"].results = "Removed from public view"
    settled.day()
    settled.poll()
    assert "results.removed" in dict(settled.news())
    with settled.context.database.read() as session:
        assert [version.results for version in history.timeline(session, TRIAL)] == ["none", "none", "posted", "none"]


def test_one_country_is_a_watch_of_its_own(eu: EuWorld) -> None:
    eu.watch(f"{TRIAL}-PT")
    eu.poll()
    assert eu.register.asked == [f"/ctr-search/trial/{NUMBER}/PT"]
    with eu.context.database.read() as session:
        [row] = trials.rows(session)
    assert (row.trial.trial, row.trial.status) == (f"{TRIAL}-PT", "ONGOING")


GZIPPED = {"content-encoding": "gzip"}
Damage = Callable[[Reply], Reply]


def of_text(change: Callable[[str], str]) -> Damage:
    return lambda reply: Reply(200, change(reply.body.decode()).encode(), reply.kind)


def cut_gzip(reply: Reply) -> Reply:
    """A gzip stream twenty bytes short, with a Content-Length that fits."""
    return Reply(200, gzip.compress(reply.body)[:-20], reply.kind, GZIPPED)


DAMAGES: dict[str, Damage] = {
    "a02 truncated gzip": cut_gzip,
    "a19 JSON": lambda _: Reply(200, b'{"trial": 1}', "application/json"),
    "a19 JSON called HTML": lambda _: Reply(200, b'{"trial": 1}', "text/html"),
    "a20 latin-1 as UTF-8": lambda reply: Reply(200, reply.body.replace(b"Apnoea", b"M\xfcde"), reply.kind),
    "a20 UTF-16 unmarked": lambda reply: Reply(200, reply.body.decode().encode("utf-16-le"), reply.kind),
    "a20 question marks": of_text(lambda text: text.replace("Apnoea", "M\ufffd\ufffdde")),
    "b01 maintenance": of_text(lambda _: "<html><body><h1>Maintenance</h1></body></html>"),
    "b31 other classes": of_text(lambda text: text.replace('class="third"', 'class="value"')),
    "b31 other labels": of_text(lambda text: text.replace("EudraCT", "Trial")),
    "b31 nothing but a frame": of_text(lambda _: "<html><body><div id=app></div></body></html>"),
    "b31 a form twice": of_text(lambda text: text + text[text.index('<table class="section content') :]),
    "b32 another trial": of_text(lambda text: text.replace(NUMBER, "2018-000000-11")),
    "b32 another country": lambda _: Reply(200, page("FR").encode(), "text/html"),
    "c06 scraps": of_text(lambda text: re.sub(r"</?t[dr]", "<", text)),
    "c07 nested": of_text(lambda text: text.replace("<p>", "<div>" * 100_000)),
    "cells dropped": of_text(lambda text: text.replace('<td class="third">Yes</td>', "", 3)),
    "one row dropped": of_text(lambda text: re.sub(r'<tr class="tricell"><td class="first">E.8.7.*?</tr>', "", text)),
    "labels reordered": of_text(
        lambda text: (
            text.replace("Phase II)", "Phase X)").replace("Phase III)", "Phase II)").replace("Phase X)", "Phase III)")
        )
    ),
    "cut short": of_text(lambda text: text[: len(text) * 2 // 3]),
    "gone": lambda _: Reply(404, b"not found", "text/html"),
    "in trouble": lambda _: Reply(500, b"", "text/html"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_what_is_damaged_is_never_an_event(settled: EuWorld, damage: Damage) -> None:
    """One page of two is damaged, on a day when the other really changed: nothing is told until both are whole."""
    settled.day()
    settled.countries["DE"].ended = "2026-08-01"
    settled.register.broken = lambda path, reply: damage(reply) if path.endswith("/PT") else reply
    report = settled.poll()
    assert settled.news() == [], "never an event"
    assert report.changed == 0
    assert report.failed or report.quarantined
    settled.register.broken = lambda _path, reply: reply
    settled.day()
    assert settled.poll().outcome == "complete"
    assert {kind for kind, _ in settled.news()} == {"date.completion_changed", "admin.changed"}
    with settled.context.database.read() as session:
        assert list(runs.active_quarantines(session)) == []
    settled.sound()


@pytest.mark.fault("C08")
def test_a_page_with_a_tag_of_50_000_attributes_is_read_as_ever(settled: EuWorld) -> None:
    flood = of_text(lambda text: text.replace("<p>", "<p " + " a=1" * 50_000 + ">"))
    settled.register.broken = lambda path, reply: reply if path.endswith("/search") else flood(reply)
    settled.day()
    assert (settled.poll().unchanged, settled.news()) == (1, [])


@pytest.mark.fault("B31")
def test_a_row_that_is_really_gone_is_believed_the_next_day(settled: EuWorld) -> None:
    settled.countries["PT"].edit = lambda form: re.sub(r"E\.8\.7.*\n", "", form)
    settled.day()
    report = settled.poll()
    assert [item.reason for item in report.quarantined] == [
        "rows of the form are gone that were there before: E.8.7 (PT)"
    ]
    assert settled.news() == []
    settled.day()
    assert settled.poll().outcome == "complete"
    assert [kind for kind, _ in settled.news()] == ["admin.changed"]


@pytest.mark.fault("B14")
@pytest.mark.parametrize(
    ("answer", "gone"),
    [
        (Reply(200, b"<html><body>0 result(s) found for: x</body></html>", "text/html"), True),
        (Reply(200, b"<html><body>Nothing here</body></html>", "text/html"), False),
        (Reply(200, b"<html><body>10 result(s) found</body></html>", "text/html"), False),
    ],
    ids=["said to be none", "silent", "others"],
)
def test_a_trial_is_gone_when_the_list_says_so_twice(settled: EuWorld, answer: Reply, gone: bool) -> None:
    settled.register.broken = lambda path, reply: answer if path.endswith("/search") else reply
    for _ in range(2):
        assert settled.news() == []
        settled.day()
        settled.poll()
    assert [kind for kind, _ in settled.news()] == (["trial.gone"] if gone else [])


def test_a_busy_register_is_left_alone(settled: EuWorld) -> None:
    """After a wish to wait nothing more is asked, and what is left is told as unread."""
    settled.watch(f"{TRIAL}-DE", f"{TRIAL}-PT")
    settled.day()
    asked = len(settled.register.asked)
    busy = Reply(429, b"", "text/html", {"retry-after": "3600"})
    settled.register.broken = lambda _path, _reply: busy
    report = settled.poll()
    assert len(settled.register.asked) == asked + 1
    assert len(report.failed) == 3


def drifts(harness: EuWorld) -> list[str]:
    with harness.context.database.read() as session:
        return [row.summary for row, _ in history.changes(session, ChangeFilter(kinds=("ops.drift",)))]


@pytest.mark.fault("R-A7")
def test_a_trial_with_a_third_country_page_is_read_whole(eu: EuWorld) -> None:
    def outside(form: str) -> str:
        row = "F.1.1 | Number of subjects for this age range: | 12\n"
        return form.replace("F.1.1 |", row + "F.1.1 |").replace(
            "End of Trial Status | {status}", "End of Trial Status |"
        )

    eu.countries["3rd"] = Facts(status="", edit=outside)
    eu.watch(TRIAL, f"{TRIAL}-3rd")
    done = eu.poll()
    assert (done.outcome, done.new, done.quarantined) == ("complete", 2, ())
    assert drifts(eu) == []
    eu.sound()


@pytest.mark.fault("R-A7")
def test_a_move_to_ctis_is_one_change_and_no_drift(eu: EuWorld) -> None:
    eu.watch(TRIAL)
    eu.poll()
    eu.news()
    eu.day()
    for facts in eu.countries.values():
        facts.status = "Trial now transitioned"
    eu.poll()
    assert ("status.changed", "Status changed from Ongoing to Transitioned to CTIS") in eu.news()
    assert drifts(eu) == []


@pytest.mark.fault("R-A7")
def test_one_new_word_is_told_once_for_all_countries(eu: EuWorld) -> None:
    eu.watch(TRIAL)
    eu.countries["FR"] = Facts()
    for facts in eu.countries.values():
        facts.status = "On holiday"
    eu.poll()
    said = "The EU register shows a trial status that is not known here: On holiday"
    assert drifts(eu) == [f"The registry says something new: {said}"]


@pytest.mark.fault("R-A7")
def test_one_new_row_is_told_once_for_all_countries(eu: EuWorld) -> None:
    eu.watch(TRIAL)
    for facts in eu.countries.values():
        facts.edit = lambda form: form.replace("F.2.1 |", "F.2.1 | Number of women | 17\nF.2.1 |")
    eu.poll()
    assert len(drifts(eu)) == 1
    assert drifts(eu)[0].endswith("a row that is not known here: F.2.1 Number of women")
