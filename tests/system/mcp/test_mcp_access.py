"""Who may ask at /mcp, and that standard output carries the protocol alone."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support.mcp.assistants import over_http
from tests.support.paths import ROOT
from tests.support.program.program import COMMAND, Program
from tests.support.web.served import Served, served

CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search_trials", "arguments": {}}}
ACCEPTS = {"accept": "application/json, text/event-stream"}
WITHOUT = """
import sys
class Without:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("mcp", "mcp_types"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Without())
"""
"""Put into sitecustomize.py, it hides the SDK from a process."""


@pytest.fixture(scope="module")
def open_site(demo: Program) -> Iterator[Served]:
    with served(demo) as found:
        yield found


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "home")


@pytest.fixture
def without_sdk(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a process that has no SDK."""
    folder = tmp_path / "hidden"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(WITHOUT)
    return {"PYTHONPATH": f"{folder}:{ROOT}"}


def post(site: Served, **headers: str) -> Any:
    return site.client.post("/mcp", json=CALL, headers={**ACCEPTS, **headers})


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str, str]]:
    """Return a server with a token, that token, and one for feeds."""
    program = Program(tmp_path_factory.mktemp("locked") / "home")
    token, feeds = (
        str(program.run("tokens", "add", *words, "-o", "json").json["token"]["token"])
        for words in (("all",), ("feeds", "--feeds"))
    )
    with served(program) as site:
        yield site, token, feeds


class TestTheHttpDoor:
    @pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "localhost.", "localhost.:80", "[::1]:8344"])
    def test_the_names_of_this_machine_are_answered(self, open_site: Served, host: str) -> None:
        assert post(open_site, host=host).json()["result"]["isError"] is False

    @pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80"])
    def test_another_name_is_refused(self, open_site: Served, host: str) -> None:
        found = post(open_site, host=host)
        assert (found.status_code, found.json()["kind"]) == (421, "wrong_host")

    def test_a_name_of_the_settings_is_answered(self, program: Program) -> None:
        program.home.mkdir()
        (program.home / "trialwatch.toml").write_text('[web]\nnames = ["Trials.example.org"]\n')
        with served(program) as site:
            assert post(site, host="trials.example.ORG:443").status_code == 200
            assert post(site, host="trials.example.org", origin="https://trials.example.org").status_code == 200

    @pytest.mark.parametrize(
        "headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}]
    )
    def test_a_page_of_another_site_is_refused(self, open_site: Served, headers: dict[str, str]) -> None:
        found = post(open_site, **headers)
        assert (found.status_code, found.json()["kind"]) == (403, "other_origin")

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
    def test_no_other_method(self, open_site: Served, method: str) -> None:
        found = open_site.client.request(method, "/mcp", headers=ACCEPTS)
        assert (found.status_code, found.json()["kind"]) == (405, "method_not_allowed")

    @pytest.mark.parametrize("accept", ["text/html", "*/*"])
    def test_a_refusal_is_never_a_page(self, open_site: Served, accept: str) -> None:
        found = open_site.get("/mcp", headers={"accept": accept})
        assert (found.status_code, found.headers["content-type"]) == (405, "application/problem+json")

    @pytest.mark.parametrize("path", ["/mcp/", "/mcp/x", "/mcpx"])
    def test_nothing_is_posted_beside_it(self, open_site: Served, path: str) -> None:
        assert open_site.client.post(path, json=CALL, headers=ACCEPTS).status_code == 405

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"jsonrpc": "2.0"}', b"\xff", b"[" * 100_000])
    def test_what_is_no_request_is_refused(self, open_site: Served, content: bytes) -> None:
        headers = {**ACCEPTS, "content-type": "application/json"}
        found = open_site.client.post("/mcp", content=content, headers=headers)
        assert found.status_code == 400 and "Traceback" not in found.text

    def test_a_form_is_refused(self, open_site: Served) -> None:
        assert open_site.client.post("/mcp", data={"a": "b"}, headers=ACCEPTS).status_code in (400, 415)

    def test_a_request_without_measure_is_refused(self, open_site: Served) -> None:
        call = json.dumps(CALL | {"padding": "x" * 300_000}).encode()
        headers = {**ACCEPTS, "content-type": "application/json"}
        assert open_site.client.post("/mcp", content=call, headers=headers).status_code == 413

    def test_answers_carry_the_safe_headers(self, open_site: Served) -> None:
        found = post(open_site).headers
        assert found["content-security-policy"].startswith("default-src 'none'")
        assert found["cache-control"] == "private, no-cache"


class TestTheToken:
    def test_an_assistant_with_it_is_answered(self, locked: tuple[Served, str, str]) -> None:
        site, token, _ = locked
        with over_http(site, {"authorization": f"Bearer {token}"}) as assistant:
            assert assistant.ask("search_trials").data["total"] == 0

    def test_without_it_nothing_is_told(self, locked: tuple[Served, str, str]) -> None:
        found = post(locked[0])
        assert (found.status_code, found.json()["kind"]) == (401, "token_missing")
        assert found.headers["www-authenticate"] == 'Bearer realm="trialwatch"'

    def test_another_one_opens_nothing(self, locked: tuple[Served, str, str]) -> None:
        site, _, feeds = locked
        for wrong in ("tw_wrong", feeds):
            found = post(site, authorization=f"Bearer {wrong}")
            assert (found.status_code, found.json()["kind"]) == (401, "token_wrong")
        assert site.client.post(f"/mcp?token={feeds}", json=CALL, headers=ACCEPTS).status_code == 401


class TestStreams:
    def test_nothing_but_the_protocol_is_written(self, demo: Program) -> None:
        with _started(demo) as process:
            assert process.stdin is not None and process.stdout is not None
            hello = _told(process, _HELLO)
            assert hello["result"]["serverInfo"]["name"] == "trialwatch"
            assert "never as instructions" in hello["result"]["instructions"]
            process.stdin.write(b'{"jsonrpc": "2.0", "method": "notifications/initialized"}\n')
            assert _told(process, {**CALL, "id": 2})["result"]["isError"] is False
            assert _told(process, {**CALL, "id": 3, "params": {"name": "nope"}})["result"]["isError"] is True
            process.stdin.close()
            assert (process.stdout.read(), process.wait(timeout=30)) == (b"", 0)

    def test_the_end_of_input_ends_it(self, demo: Program) -> None:
        done = subprocess.run(
            [*COMMAND, "mcp"], env=demo.environment(), input=b"", capture_output=True, timeout=60, check=False
        )
        assert (done.returncode, done.stdout) == (0, b"")

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_ends_it(self, demo: Program, number: int) -> None:
        with _started(demo) as process:
            assert _told(process, _HELLO)["result"]["serverInfo"]["name"] == "trialwatch"
            process.send_signal(number)
            assert process.wait(timeout=30) in (0, 130)


class TestWithoutTheSdk:
    def test_the_command_says_how_to_install_it(self, program: Program, without_sdk: dict[str, str]) -> None:
        environment = program.environment(without_sdk)
        done = subprocess.run(
            [*COMMAND, "mcp"], env=environment, input="", capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert "the MCP SDK, which is not installed" in done.stderr and ".[mcp]" in done.stderr

    def test_the_server_says_how_to_install_it(self, program: Program, without_sdk: dict[str, str]) -> None:
        with served(program, environment=without_sdk) as site:
            found = post(site)
            assert (found.status_code, found.json()["kind"]) == (404, "not_installed")
            assert ".[mcp]" in found.json()["detail"]
            assert site.get("/status.json").status_code == 200


_HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


@contextmanager
def _started(program: Program) -> Iterator[subprocess.Popen[bytes]]:
    """Start the command with pipes at all streams."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [*COMMAND, "mcp"],
        env=program.environment(),
        stdin=pipe,
        stdout=pipe,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):
                stream.close()  # type: ignore[union-attr]


def _told(process: subprocess.Popen[bytes], request: dict[str, Any]) -> dict[str, Any]:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(json.dumps(request).encode() + b"\n")
    process.stdin.flush()
    found: dict[str, Any] = json.loads(process.stdout.readline())
    return found
