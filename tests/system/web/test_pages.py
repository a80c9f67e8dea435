"""What the pages say: the same facts as the commands, in words, with links that lead somewhere."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest

from tests.support.program.program import Program
from tests.support.web.api_store import HIDDEN, OLD, ONE, THREE, TWO, api_store
from tests.support.web.served import Served, served

UNKNOWN = "NCT00000009"
EVERY = (
    "/",
    "/trials",
    f"/trials/{ONE}",
    f"/trials/{ONE}/compare",
    f"/trials/{ONE}/reported",
    f"/trials/{ONE}/similar",
    "/changes",
    "/changes/1",
    "/results",
    "/sets",
    "/alerts",
    "/status",
)
_TAGS = re.compile(r"<[^>]+>")
_LINK = re.compile(r'(?:href|action)="(/[^"]*)"')


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with api_store(tmp_path_factory.mktemp("pages") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def site(program: Program) -> Iterator[Served]:
    with served(program) as found:
        yield found


def text_of(site: Served, path: str, code: int = 200) -> str:
    """Return what a page says, on one line."""
    answer = site.get(path, headers={"accept": "text/html"})
    assert answer.status_code == code, answer.text[:300]
    body = answer.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(_TAGS.sub(" ", body)).split())


@pytest.mark.parametrize("path", EVERY)
def test_every_link_of_a_page_leads_somewhere(site: Served, path: str) -> None:
    page = site.get(path, headers={"accept": "text/html"})
    assert page.status_code == 200
    no_pages = ("/static/", "/logout", "/do/")
    links = {html.unescape(link) for link in _LINK.findall(page.text) if not link.startswith(no_pages)}
    assert len(links) > 5
    wrong = {link: code for link in sorted(links) if (code := site.get(link).status_code) not in (200, 304)}
    assert wrong == {}


@pytest.mark.parametrize("path", EVERY)
def test_no_page_and_no_twin_shows_a_secret(site: Served, path: str) -> None:
    twin = "/.json" if path == "/" else f"{path}.json"
    for address in (path, twin):
        found = site.get(address)
        assert found.status_code == 200
        assert not [secret for secret in HIDDEN if secret in found.text]


def test_a_trial_says_its_finding_first(site: Served) -> None:
    said = text_of(site, f"/trials/{ONE}")
    assert "Results posted Results were posted on 16 August 2026." in said
    assert said.index("Results were posted") < said.index("Basic information")
    assert "Completed" in text_of(site, f"/trials/{ONE}?version=2")


def test_a_trial_as_of_a_day_by_both_times(site: Served) -> None:
    first = site.get(f"/trials/{ONE}.json?as_of=2026-08-14").json()["shown"]
    assert first["version"] == 1
    assert site.get(f"/trials/{ONE}.json?as_of=2026-08-14&basis=known").json()["shown"]["version"] == 1
    assert "You read version 1" in text_of(site, f"/trials/{ONE}?as_of=2026-08-14")
    assert "You read version" not in text_of(site, f"/trials/{ONE}")


def test_an_obsolete_id_and_any_spelling_lead_to_the_trial(site: Served) -> None:
    for spelled in (OLD, THREE.lower(), f"%20{THREE}%20"):
        assert THREE in text_of(site, f"/trials/{spelled}")


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        (f"/trials/{UNKNOWN}", 404, f"Watch it first: trialwatch watch {UNKNOWN}"),
        ("/trials/something", 400, "something"),
        (f"/trials/{ONE}?as_of=yesterdays", 400, "yesterdays"),
        (f"/trials/{ONE}?version=99", 404, f"trialwatch history {ONE}"),
        (f"/trials/{ONE}?version=1&as_of=2026-01-01", 400, "give one of them"),
        (f"/trials/{TWO}/reported", 404, "no posted results"),
        (f"/trials/{ONE}/compare?from=1", 400, "from and to"),
        ("/changes/evt_nothing", 404, "no change evt_nothing"),
        ("/changes?severity=grave", 400, "critical"),
        ("/trials?tag=nobody", 400, "nobody"),
        ("/trials?page=0", 400, "from 1"),
        ("/nowhere", 404, "no page at this address"),
    ],
)
def test_a_wrong_question_gets_a_sentence(site: Served, path: str, code: int, words: str) -> None:
    assert words in text_of(site, path, code)
    twin = site.get(path.replace("?", ".json?", 1) if "?" in path else f"{path}.json")
    assert twin.status_code == code
    assert twin.headers["content-type"] == "application/problem+json"


def test_lists_are_filtered_sorted_and_searched(site: Served) -> None:
    def trials(query: str) -> list[str]:
        return [it["trial"] for it in site.get(f"/trials.json?{query}").json()["trials"]]

    assert trials("results=posted") == [ONE]
    assert trials("status=TERMINATED") == [TWO]
    assert trials("sort=trial")[:3] == [ONE, TWO, THREE]
    assert trials(f"q={TWO.lower()}") == [TWO]
    assert trials("q=nothing+has+this") == []
    assert set(trials("tag=liver")) == {ONE, TWO, THREE}


def test_a_change_has_its_evidence_and_who_was_told(site: Served) -> None:
    posted = next(it for it in site.get("/changes.json?kind=results.posted").json()["changes"])
    found = site.get(f"/changes/{posted['id']}.json").json()
    assert found["change"] == posted
    versions = {it["version"]: it for it in site.get(f"/api/v1/trials/{ONE}/versions").json()["versions"]}
    assert found["after"]["raw_sha256"] == versions[posted["to_version"]]["sha256"]
    assert found["before"]["raw_sha256"] == versions[posted["from_version"]]["sha256"]
    assert {it["channel"] for it in found["messages"]} == {"team", "me"}
    assert any(reason["severity"] == "critical" for reason in found["explained"]["reasons"])
    said = text_of(site, f"/changes/{posted['id']}")
    assert found["after"]["raw_sha256"] in said and "Who was told" in said
    assert site.get(f"/changes/{posted['seq']}.json").json() == found


def test_compare_shows_only_what_differs(site: Served) -> None:
    found = site.get(f"/trials/{TWO}/compare.json").json()
    assert {"status", "why_stopped"} <= {it["field"] for it in found["fields"]}
    said = text_of(site, f"/trials/{TWO}/compare")
    assert "Slow accrual" in said and "Eligibility" not in said


def test_compare_is_as_severe_as_the_change_was_told(site: Served) -> None:
    [told] = [it for it in site.get(f"/api/v1/changes?trial={TWO}").json()["changes"] if it["kind"] == "status.changed"]
    assert told["severity"] == "critical"
    for ends in ("", "?from=2&to=1"):
        said = text_of(site, f"/trials/{TWO}/compare{ends}")
        assert re.search(r"Status\s+Critical", said), said


def test_since_you_looked_is_since_the_visit_before(program: Program, site: Served) -> None:
    before = program.clock.read_text()
    try:
        assert "Results posted" in text_of(site, "/")
        assert site.get("/.json").json()["changes"]
        program.day()
        again = site.get("/.json")
        assert again.json()["changes"] == []
        assert "Nothing changed since" in text_of(site, "/")
    finally:
        program.clock.write_text(before)
        site.client.cookies.clear()


def test_due_days_and_who_owes(site: Served) -> None:
    found = site.get("/results.json").json()
    commands = [(it["trial"], it["rule"]) for it in found["owing"]]
    assert commands == [(it["trial"], it["rule"]) for it in site.get("/api/v1/results").json()["owing"]]


def test_a_preview_and_the_checks_are_made_on_request(site: Served) -> None:
    assert site.get("/alerts.json").json()["preview"] is None
    assert site.get("/alerts.json?preview=30d").json()["preview"]
    assert site.get("/status.json").json()["checks"] is None
    names = {it["check"] for it in site.get("/status.json?checks=1").json()["checks"]}
    assert {"store", "config"} <= names
