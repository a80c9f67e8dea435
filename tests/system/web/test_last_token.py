"""A server that asked for a token stays shut when its last token is gone. One that never had any stays open."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.daemon.daemon_process import wait_for
from tests.support.program.program import Program
from tests.support.web.event_stream import listening
from tests.support.web.served import Served, served
from tests.system.web.test_access import HTML, token_of

CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search_trials", "arguments": {}}}
READ = [
    "/status.json",
    "/api/v1/trials",
    "/api/v1/changes?after=0&wait=1",
    "/api/v1/changes/stream",
    "/events",
    "/feeds/changes.atom",
    "/calendar.ics",
    "/metrics",
    "/mcp",
]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "home")


def lose(program: Program, way: str) -> None:
    """End the token `laptop`, which is the last one."""
    if way == "revoked":
        assert program.run("tokens", "revoke", "laptop").code == 0
    else:
        (program.home / "web-tokens").unlink()


def answers(site: Served, headers: dict[str, str]) -> dict[str, int]:
    """Return what every way in answers: to read, to ask as an assistant, to change something."""
    found = {}
    for path in READ:
        with site.client.stream("GET", path, headers=headers) as answer:  # some have no end
            found[path] = answer.status_code
    asked = {"accept": "application/json, text/event-stream", **headers}
    found["POST /mcp"] = site.client.post("/mcp", json=CALL, headers=asked).status_code
    form = {"seq": "0", "at": "0", "back": "/", "store": ""}
    found["POST /do/seen"] = site.client.post("/do/seen", data=form, headers=asked).status_code
    own = {"origin": site.url.rstrip("/"), **headers}
    found["POST /do/seen from a page"] = site.client.post("/do/seen", data=form, headers=own).status_code
    return found


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1"])
@pytest.mark.parametrize("way", ["revoked", "removed"])
def test_a_server_that_asked_for_a_token_stays_shut_without_its_last_one(program: Program, way: str, host: str) -> None:
    secret = token_of(program, "laptop")
    with served(program, "--host", host) as site:
        assert site.get("/status.json").status_code == 401
        lose(program, way)
        for headers in ({}, {"authorization": f"Bearer {secret}"}):
            found = answers(site, headers)
            assert {path: code for path, code in found.items() if code not in (401, 403, 429)} == {}
        assert site.get("/status", headers=HTML).headers["location"] == "/login?next=%2Fstatus"
        again = token_of(program, "again")
        assert site.get("/status.json", headers={"authorization": f"Bearer {again}"}).status_code == 200


@pytest.mark.parametrize("way", ["revoked", "removed"])
def test_a_stream_ends_with_the_last_token(program: Program, way: str) -> None:
    secret = token_of(program, "laptop")
    with served(program) as site:
        with listening(site, "/api/v1/changes/stream", headers={"authorization": f"Bearer {secret}"}) as listener:
            assert listener.place
            lose(program, way)
            wait_for(lambda: listener.ended)


def test_a_server_that_came_to_ask_for_one_stays_shut(program: Program) -> None:
    with served(program) as site:
        assert site.get("/status.json").status_code == 200
        token_of(program, "laptop")
        assert site.get("/status.json").status_code == 401
        lose(program, "revoked")
        assert site.get("/status.json").status_code == 401
    with served(program) as site:
        assert site.get("/status.json").status_code == 200


def test_a_token_for_feeds_shuts_nothing(program: Program) -> None:
    token_of(program, "laptop", "--feeds")
    with served(program) as site:
        assert site.get("/status.json").status_code == 200
        assert "No token for pages" not in program.run("tokens", "revoke", "laptop").err
        assert 401 not in answers(site, {}).values()


def test_the_last_one_is_named_when_it_is_revoked(program: Program) -> None:
    for name in ("laptop", "other"):
        token_of(program, name)
    token_of(program, "reader", "--feeds")
    assert "No token for pages and API is left" not in program.run("tokens", "revoke", "other").err
    assert "No token for pages and API is left" in program.run("tokens", "revoke", "laptop").err
    assert "No token for pages and API is left" not in program.run("tokens", "revoke", "reader").err
