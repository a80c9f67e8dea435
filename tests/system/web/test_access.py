"""Who may ask the server, and what it never gives away."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.program.program import Program
from tests.support.web.served import Served, served

HTML = {"accept": "text/html"}


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "home")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return a server without a token, which the tests of this module share."""
    with served(Program(tmp_path_factory.mktemp("open") / "home")) as found:
        yield found


def token_of(program: Program, name: str, *words: str) -> str:
    return str(program.run("tokens", "add", name, *words, "-o", "json").json["token"]["token"])


def raw(site: Served, request: bytes, until: bytes = b"") -> bytes:
    """Return what a server answers to bytes that no HTTP library would send: all of it, or up to `until`."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as connection:
        answer = b""
        with suppress(ConnectionError):  # a server may close before it has read all of a bad request
            connection.sendall(request)
            while not (until and until in answer) and (piece := connection.recv(65536)):
                answer += piece
    return answer


class TestEveryAnswer:
    @pytest.mark.parametrize("path", ["/status", "/status.json", "/nowhere", "/static/trialwatch.css", "/login"])
    def test_carries_the_safe_headers(self, site: Served, path: str) -> None:
        found = site.get(path).headers
        policy = found["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy and "http" not in policy
        assert found["x-content-type-options"] == "nosniff"
        assert found["referrer-policy"] == "same-origin"
        assert found["cross-origin-opener-policy"] == "same-origin"
        assert "server" not in found

    def test_is_known_by_its_mark(self, site: Served) -> None:
        first = site.get("/status.json")
        again = site.get("/status.json", headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert site.get("/status.json", headers={"if-none-match": 'W/"other"'}).status_code == 200


class TestTheHost:
    @pytest.mark.parametrize(
        "name", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "[::1", "a:b"]
    )
    def test_another_name_is_refused(self, site: Served, name: str) -> None:
        found = site.get("/status.json", headers={"host": name})
        assert found.status_code in (400, 421)
        assert "watched" not in found.text

    @pytest.mark.parametrize("name", ["localhost", "LOCALHOST:1", "127.0.0.1:8344", "[::1]:8344", "localhost."])
    def test_the_names_of_this_machine_are_served(self, site: Served, name: str) -> None:
        assert site.get("/status.json", headers={"host": name}).status_code == 200

    def test_a_name_of_the_settings_is_served(self, program: Program) -> None:
        program.home.mkdir()
        (program.home / "trialwatch.toml").write_text('[web]\nnames = ["trials.example.org"]\n')
        with served(program) as site:
            assert site.get("/status.json", headers={"host": "trials.example.org"}).status_code == 200
            assert site.get("/status.json", headers={"host": "other.example.org"}).status_code == 421

    def test_no_host_is_refused(self, site: Served) -> None:
        assert raw(site, b"GET /status.json HTTP/1.1\r\nConnection: close\r\n\r\n").split()[1] in (b"400", b"421")
        assert raw(site, b"GET /status.json HTTP/1.0\r\n\r\n").split()[1] in (b"400", b"421")


class TestOnlyReading:
    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
    def test_no_other_method(self, site: Served, method: str) -> None:
        found = site.client.request(method, "/status")
        assert (found.status_code, found.headers["allow"]) == (405, "GET, HEAD")

    @pytest.mark.parametrize(
        "headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}]
    )
    def test_a_page_of_another_site_can_send_nothing(self, site: Served, headers: dict[str, str]) -> None:
        assert site.client.post("/login", data={"token": "x"}, headers=headers).status_code == 403


class TestStaticFiles:
    @pytest.mark.parametrize(
        "path",
        [
            "/static/../application.py",
            "/static/..%2fapplication.py",
            "/static/%2e%2e/application.py",
            "/static/....//application.py",
            "/static//etc/passwd",
            "/static/%00",
            "/static/trialwatch.css/..",
            "/static/",
        ],
    )
    def test_no_path_leads_out(self, site: Served, path: str) -> None:
        found = raw(site, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        assert found.split()[1] in (b"404", b"400")
        assert b"def application" not in found and b"root:" not in found

    def test_an_address_with_its_mark_may_be_kept(self, site: Served) -> None:
        page = site.get("/status").text
        address = page.split('href="/static/trialwatch.css')[1].split('"')[0]
        kept = site.get(f"/static/trialwatch.css{address}")
        assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "immutable" not in site.get("/static/trialwatch.css").headers["cache-control"]


class TestTokens:
    def test_another_address_needs_one(self, program: Program) -> None:
        run = program.run("serve", "--host", "0.0.0.0", "--port", "0", expect=2)
        assert run.code == 2
        assert "Make one first: trialwatch tokens add NAME" in run.err

    def test_only_hashes_are_stored(self, program: Program) -> None:
        secret = token_of(program, "laptop")
        file = program.home / "web-tokens"
        assert secret.startswith("tw_") and secret not in file.read_text()
        assert file.stat().st_mode & 0o077 == 0
        listed = program.run("tokens", "list", "-o", "json").json
        assert listed == {"tokens": [{"name": "laptop", "opens": "all"}]}

    def test_pages_and_api_need_it(self, program: Program) -> None:
        secret = token_of(program, "laptop")
        with served(program, "--host", "0.0.0.0") as site:
            refused = site.get("/status.json")
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"].startswith("Bearer")
            assert refused.headers["content-type"] == "application/problem+json"
            asked = site.get("/status", headers=HTML)
            assert (asked.status_code, asked.headers["location"]) == (303, "/login?next=%2Fstatus")
            assert site.get("/status.json", headers={"authorization": f"Bearer {secret}"}).status_code == 200

    def test_a_person_logs_in_and_out(self, program: Program) -> None:
        secret = token_of(program, "laptop")
        with served(program) as site:
            entered = site.client.post("/login", data={"token": secret, "next": "/status"})
            assert (entered.status_code, entered.headers["location"]) == (303, "/status")
            cookie = entered.headers["set-cookie"]
            assert "HttpOnly" in cookie and "SameSite=lax" in cookie
            assert site.get("/status", headers=HTML).status_code == 200
            site.client.post("/logout")
            assert site.get("/status", headers=HTML).status_code == 303

    @pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "x", "/a\r\nb: c"])
    def test_the_way_after_the_log_in_stays_here(self, program: Program, wanted: str) -> None:
        secret = token_of(program, "laptop")
        with served(program) as site:
            entered = site.client.post("/login", data={"token": secret, "next": wanted})
            assert entered.headers["location"] == "/"

    def test_a_revoked_one_ends_at_once(self, program: Program) -> None:
        secret, other = token_of(program, "laptop"), token_of(program, "other")
        with served(program) as site:
            headers = {"authorization": f"Bearer {secret}"}
            assert site.get("/status.json", headers=headers).status_code == 200
            assert program.run("tokens", "revoke", "laptop").code == 0
            assert site.get("/status.json", headers=headers).status_code == 401
            assert site.get("/status.json", headers={"authorization": f"Bearer {other}"}).status_code == 200

    def test_a_browser_whose_token_has_ended_is_led_to_the_log_in(self, program: Program) -> None:
        secret, other = token_of(program, "laptop"), token_of(program, "other")
        with served(program) as site:
            site.client.post("/login", data={"token": secret})
            assert program.run("tokens", "revoke", "laptop").code == 0
            for _ in range(12):
                found = site.get("/status?x=1", headers={**HTML, "cookie": f"trialwatch_token={secret}"})
                assert (found.status_code, found.headers["location"]) == (303, "/login?next=%2Fstatus%3Fx%3D1")
            assert "trialwatch_token" not in site.client.cookies
            assert site.client.post("/login", data={"token": other}, headers=HTML).status_code == 303
            assert site.get("/status", headers=HTML).status_code == 200

    def test_a_browser_whose_token_has_ended_can_log_out(self, program: Program) -> None:
        secret, _ = token_of(program, "laptop"), token_of(program, "other")
        with served(program) as site:
            site.client.post("/login", data={"token": secret})
            assert program.run("tokens", "revoke", "laptop").code == 0
            assert site.client.post("/logout", headers={"origin": "https://evil.example"}).status_code == 403
            found = site.client.post("/logout", headers=HTML)
            assert (found.status_code, found.headers["location"]) == (303, "/login")
            assert "trialwatch_token" not in site.client.cookies

    def test_a_page_about_a_wrong_one_leads_to_the_log_in(self, program: Program) -> None:
        token_of(program, "laptop")
        with served(program) as site:
            found = site.client.post("/login", data={"token": "tw_wrong"}, headers=HTML)
            assert found.status_code == 401 and 'href="/login"' in found.text

    def test_a_log_in_with_many_fields_is_a_wrong_one(self, program: Program) -> None:
        token_of(program, "laptop")
        with served(program) as site:
            found = site.client.post("/login", data={f"field{number}": "x" for number in range(11)})
            assert found.status_code == 401
            assert "Traceback" not in site.said()

    @pytest.mark.parametrize("harm", ["a line", "bytes", "a folder"])
    def test_a_file_that_cannot_be_read_opens_nothing_and_is_said(self, program: Program, harm: str) -> None:
        secret = token_of(program, "laptop")
        file = program.home / "web-tokens"
        before = file.read_bytes()
        headers = {"authorization": f"Bearer {secret}"}
        with served(program) as site:
            if harm == "a folder":
                file.unlink()
                file.mkdir()
            else:
                file.write_bytes(before + (b"half a li\n" if harm == "a line" else b"\xff\xfe\x00"))
            for path in ("/status.json", "/api/v1/trials", "/feeds/changes.atom?token=x", "/mcp", "/metrics"):
                found = site.get(path, headers=headers)
                assert (found.status_code, found.headers["content-type"]) == (503, "application/problem+json")
                assert "The tokens in web-tokens cannot be read" in found.json()["detail"]
                assert "trialwatch tokens list" in found.json()["detail"]
                assert str(file) not in found.text
            for found in (site.get("/status", headers=HTML), site.client.post("/login", data={"token": secret})):
                assert found.status_code == 503 and "The tokens cannot be read." in found.text
                assert "default-src 'none'" in found.headers["content-security-policy"]
            form = {"seq": "0", "at": "0", "back": "/", "store": ""}
            assert site.client.post("/do/seen", data=form, headers=headers).status_code == 503
            assert "web-tokens" in program.run("tokens", "list", expect=2).err
            if harm == "a folder":
                file.rmdir()
            file.write_bytes(before)
            file.chmod(0o600)
            assert site.get("/status.json", headers=headers).status_code == 200
            assert "Traceback" not in site.said()

    def test_one_for_feeds_opens_only_feeds(self, program: Program) -> None:
        secret, feeds = token_of(program, "laptop"), token_of(program, "reader", "--feeds")
        with served(program) as site:
            assert site.get(f"/status.json?token={feeds}").status_code == 401
            assert site.get("/status.json", headers={"authorization": f"Bearer {feeds}"}).status_code == 401
            assert site.get(f"/status.json?token={secret}").status_code == 401
            assert site.get(f"/feeds/changes.atom?token={secret}").status_code == 401

    def test_a_request_is_not_logged(self, program: Program) -> None:
        feeds = token_of(program, "reader", "--feeds")
        with served(program) as site:
            site.get(f"/feeds/changes.atom?token={feeds}")
            site.get(f"/nowhere?token={feeds}")
            assert site.stop() == 0
            assert feeds not in site.said()

    @pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.long)])
    def test_wrong_ones_are_slowed_down_and_right_ones_are_not(self, program: Program, count: int) -> None:
        secret = token_of(program, "laptop")
        with served(program) as site:
            began = time.monotonic()
            codes = [
                site.get("/status.json", headers={"authorization": f"Bearer tw_{number}"}).status_code
                for number in range(count)
            ]
            minutes = 1 + int((time.monotonic() - began) / 60)
            assert codes[:10] == [401] * 10 and set(codes[10:]) <= {401, 429}
            assert codes.count(401) <= 10 * minutes and codes[10:20] == [429] * 10
            refused = site.get("/status.json", headers={"authorization": "Bearer tw_x"})
            assert 0 < int(refused.headers["retry-after"]) <= 60
            assert site.get("/status.json", headers={"authorization": f"Bearer {secret}"}).status_code == 200

    def test_a_file_that_others_can_read_is_refused(self, program: Program) -> None:
        token_of(program, "laptop")
        (program.home / "web-tokens").chmod(0o644)
        run = program.run("serve", "--port", "0", expect=2)
        assert "chmod 600" in run.err


class TestHostileRequests:
    def test_a_query_of_a_megabyte(self, site: Served) -> None:
        answer = raw(
            site, b"GET /status?x=" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        assert answer == b"" or answer.split()[1] in (b"400", b"414", b"431")
        assert site.get("/status.json").status_code == 200

    def test_headers_cannot_be_injected(self, program: Program) -> None:
        token_of(program, "laptop")
        with served(program) as site:
            found = site.get("/status?x=%0d%0aSet-Cookie:%20a=b", headers=HTML)
            assert found.status_code == 303
            assert "set-cookie" not in found.headers

    def test_slow_clients_keep_nobody_waiting(self, site: Served) -> None:
        slow = [socket.create_connection(("127.0.0.1", site.port)) for _ in range(200)]
        try:
            for connection in slow:
                connection.sendall(b"GET /status HTTP/1.1\r\nHost: localhost\r\nX-")
            assert site.get("/status.json").status_code == 200
        finally:
            for connection in slow:
                connection.close()

    def test_a_body_without_end_is_not_read_in(self, site: Served) -> None:
        length = b"Content-Length: 1000000000\r\n\r\n"
        head = b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        answer = raw(site, head + length + b"token=" + b"a" * 100_000, until=b"\r\n\r\n")
        assert answer.split()[1] == b"401"
        assert site.get("/status.json").status_code == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_on_a_signal(program: Program, number: int) -> None:
    with served(program) as site:
        assert site.stop(number) in (0, 130)


def test_a_port_that_is_taken_is_said(program: Program, site: Served) -> None:
    run = program.run("serve", "--port", str(site.port), expect=2)
    assert "--port 8345" in run.err
