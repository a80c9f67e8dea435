"""Pages and API of a store in PostgreSQL: what they show is what the same life shows from a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.program.on_server import OnServer
from tests.support.program.program import Program, record, update
from tests.support.records.posted_results import section
from tests.support.registry.embedded_registry import RegistryServer
from tests.support.store import postgres
from tests.support.web.acting import own, told
from tests.support.web.served import Served, served
from tracker.web.pages.listed import PAGES

TRIALS = ("NCT00000001", "NCT00000002", "NCT00000003")
API = ("trials", "trials/{trial}", "trials/{trial}/versions", "changes", "changes/{event}", "results", "status")
QUERIES = {
    "/trials": ("?sort=slip", "?q=NCT00000002", "?tag=set"),
    "/changes": ("?severity=all", "?kind=status.*"),
    "/results": ("?sort=due",),
    "/trials/{trial}": ("?version=1",),
    "/trials/{trial}/compare": ("?from=1&to=2",),
}


def lived(program: Program) -> None:
    registry = program.registry
    assert registry is not None
    program.run("watch", *TRIALS, "--tag", "set", "--no-backfill")
    program.run("note", TRIALS[0], "ours")
    program.day()
    posted = {"resultsFirstSubmitDate": "2026-07-01", "resultsFirstPostDateStruct": {"date": "2026-08-15"}}
    update(registry.studies[TRIALS[0]], "2026-08-15", **posted)
    registry.studies[TRIALS[0]].update(hasResults=True, resultsSection=section())
    program.run("poll")
    for number, (day, status) in enumerate((("2026-08-16", "COMPLETED"), ("2026-08-17", "TERMINATED"))):
        program.day()
        update(registry.studies[TRIALS[number]], day, overallStatus=status, whyStopped="No funds")
        program.run("poll")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Served]]:
    folder: Path = tmp_path_factory.mktemp("both")
    with ExitStack() as stack:
        _, url = stack.enter_context(postgres.fresh_database())
        registries = [stack.enter_context(RegistryServer([record(trial) for trial in TRIALS])) for _ in range(2)]
        here, there = Program(folder / "file", registries[0]), OnServer(folder / "server", registries[1], url)
        lived(here)
        lived(there)
        yield stack.enter_context(served(here)), stack.enter_context(served(there))


def addresses(site: Served) -> list[str]:
    events = [str(it["seq"]) for it in site.client.get("/api/v1/changes?limit=100").json()["changes"]]
    filled = {"trial": TRIALS[0], "event": events[-1]}
    pages = [f"{page}.json" for page in PAGES]
    asked = [f"{page}.json{query}" for page, queries in QUERIES.items() for query in queries]
    return [it.format(**filled) for it in (*pages, *asked, *(f"/api/v1/{path}" for path in API))]


def test_both_databases_show_the_same(both: tuple[Served, Served]) -> None:
    file, server = both
    paths = addresses(file)
    assert paths == addresses(server) and len(paths) > 25
    for path in paths:
        ours, theirs = (_shown(site, path) for site in both)
        assert ours == theirs, path


def _shown(site: Served, path: str) -> Any:
    """Return what an address answers, without what is different in every store or belongs to its database."""
    answer = site.client.get(path)
    assert answer.status_code == 200, (path, answer.text)
    return _plain(answer.json(), site.client.get("/api/v1/status").json())


def _plain(value: Any, status: Mapping[str, Any]) -> Any:
    text = json.dumps(value)
    for mine in {status.get("store"), status.get("status", {}).get("store")} - {None}:
        text = text.replace(mine, "STORE")
    return _without(json.loads(text))


def _without(value: Any) -> Any:
    if isinstance(value, list):
        return [_without(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _without(item) for key, item in value.items() if key not in ("sqlite", "wal_bytes", "checks", "chain")}


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_there(both: tuple[Served, Served], page: str) -> None:
    _, server = both
    answer = server.client.get(page.format(trial=TRIALS[0], event="1"))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/html")


ACTS = (
    ("/do/tag", {"trial": TRIALS[0], "tag": "<b>\u6807\u7b7e"}),
    ("/do/untag", {"trial": TRIALS[1], "tag": "set"}),
    ("/do/note", {"trial": TRIALS[1], "text": "Asked.\r\nNo answer.", "notes": "0"}),
    ("/do/note", {"trial": TRIALS[1], "text": "Asked.\r\nNo answer.", "notes": "0"}),
    ("/do/unwatch", {"trial": TRIALS[2]}),
    ("/do/watch", {"trials": TRIALS[2], "tag": "again"}),
    ("/do/seen", {"seq": "3", "at": "1786000000"}),
    ("/do/accept", {"run": "1"}),
    ("/do/mute", {"channel": "nothing"}),
)


def test_acting_leads_to_the_same_on_both(both: tuple[Served, Served]) -> None:
    ours, theirs = (
        [told(site, site.client.post(path, data=form, headers=own(site))) for path, form in ACTS] for site in both
    )
    assert ours == theirs
    assert ours[2:4] == ["Noted.", "This note was there already. Nothing was changed."]
    test_both_databases_show_the_same(both)
