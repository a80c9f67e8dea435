"""What must not happen: acting from another site, without a token, from an old page, twice, with a strange form."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.program.program import Program
from tests.support.web.acting import acts, own, pair, tables, told
from tests.support.web.api_store import ONE, TWO, api_store
from tests.support.web.browser import Browser
from tests.support.web.served import Served
from tracker.web.actions.form import MOST_BYTES
from tracker.web.actions.listed import LISTED

TAG: Mapping[str, str] = {"trial": ONE, "tag": "planted"}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with api_store(tmp_path_factory.mktemp("refused") / "home") as program:
        yield program


@pytest.fixture
def program(base: Program, tmp_path: Path) -> Iterator[Program]:
    with pair(base, tmp_path) as both:
        yield both.page


@pytest.fixture(scope="module")
def site(base: Program) -> Iterator[Served]:
    with acts(base) as found:
        yield found


def tags(program: Program, trial: str = ONE) -> list[str]:
    return next(row["tags"] for row in program.json("list")["trials"] if row["trial"] == trial)


def token_of(program: Program, *words: str) -> str:
    return str(program.run("tokens", "add", "laptop", *words, "-o", "json").json["token"]["token"])


def off(program: Program) -> None:
    with (program.home / "trialwatch.toml").open("a") as file:
        file.write("\n[web]\nactions = false\n")


class TestOtherSites:
    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"sec-fetch-site": "none"},
            {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
            {"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:1"},
            {"sec-fetch-site": "same-origin"},
            {"sec-fetch-site": "same-origin", "origin": "null"},
            {"origin": "http://127.0.0.1"},
            {"origin": "null"},
            {"cookie": "trialwatch_token=x"},
            {"authorization": "Bearer x"},
        ],
        ids=str,
    )
    def test_a_request_without_the_marks_of_our_page_is_refused(
        self, site: Served, base: Program, headers: dict[str, str]
    ) -> None:
        found = site.client.post("/do/tag", data=TAG, headers=headers)
        assert (found.status_code, "Nothing was done" in found.text) == (403, True)
        assert "planted" not in tags(base)

    @pytest.mark.parametrize("scripts", [True, False])
    @pytest.mark.parametrize("locked", [True, False])
    def test_a_page_of_another_port_cannot_send_the_form(
        self, chromium: Browser, program: Program, *, scripts: bool, locked: bool
    ) -> None:
        """The port makes it another origin, and the same site: the cookie of the log-in is sent along."""
        secret = token_of(program) if locked else ""
        with acts(program) as site, other_site(f"{site.url}do/tag", TAG) as address:
            with chromium.tab(site, scripts=scripts) as tab:
                if locked:
                    tab.open("/login")
                    tab.page.get_by_label("Token").fill(secret)
                    tab.page.get_by_role("button", name="Log in").click()
                    tab.page.wait_for_url(site.url)
                with tab.page.expect_response("**/do/tag") as seen:
                    tab.page.goto(address)
                    tab.page.get_by_role("button", name="Win a prize").click()
                assert seen.value.status == 403
                assert ("trialwatch_token" in seen.value.request.all_headers().get("cookie", "")) is locked
        assert "planted" not in tags(program)

    def test_a_name_that_leads_here_by_dns_is_refused(self, site: Served, base: Program) -> None:
        headers = {"host": "evil.example", "origin": "http://evil.example", "sec-fetch-site": "same-origin"}
        assert site.client.post("/do/tag", data=TAG, headers=headers).status_code == 421
        assert "planted" not in tags(base)


@contextmanager
def other_site(action: str, fields: Mapping[str, str]) -> Iterator[str]:
    """Serve a page at another port whose form is sent to `action`. Yield its address."""
    inputs = "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in fields.items())
    page = f'<form method="post" action="{action}">{inputs}<button>Win a prize</button></form>'.encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: Any) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


class TestWhoMayAct:
    def test_without_the_token_nothing_is_done(self, program: Program) -> None:
        secret = token_of(program)
        with acts(program) as site:
            for headers in (own(site), {**own(site), "cookie": "trialwatch_token=tw_x"}):
                assert site.client.post("/do/tag", data=TAG, headers=headers).status_code == 401
            asked = site.client.post("/do/tag", data=TAG, headers={**own(site), "accept": "text/html"})
            assert (asked.status_code, "location" in asked.headers) == (401, False)
            assert "planted" not in tags(program)
            entered = {**own(site), "cookie": f"trialwatch_token={secret}"}
            assert site.client.post("/do/tag", data=TAG, headers=entered).status_code == 303
        assert "planted" in tags(program)

    def test_a_script_shows_its_token_and_gets_json(self, program: Program) -> None:
        secret = token_of(program)
        with acts(program) as site:
            script = {"authorization": f"Bearer {secret}"}
            done = site.client.post("/do/tag", data=TAG, headers=script)
            assert done.json() == {"action": "tag", "said": f"{ONE} has the tag planted now."}
            wrong = site.client.post("/do/tag", data={"trial": "NCT09999999", "tag": "x"}, headers=script)
            assert (wrong.status_code, wrong.json()["kind"]) == (404, "unknown_trial")
            foreign = {**script, "origin": "https://evil.example", "sec-fetch-site": "cross-site"}
            assert site.client.post("/do/tag", data=TAG, headers=foreign).status_code == 403

    def test_a_person_acts_over_a_name_without_tls(self, chromium: Browser, program: Program) -> None:
        """There a browser says nothing of the site, and the origin only as the policy of the pages lets it."""
        with (program.home / "trialwatch.toml").open("a") as file:
            file.write('\n[web]\nnames = ["trials.example.org"]\n')
        secret = token_of(program)
        with acts(program) as site, chromium.named("trials.example.org") as browser:
            named = replace(site, url=site.url.replace("127.0.0.1", "trials.example.org"))
            with browser.tab(named, scripts=False) as tab:
                tab.open(f"/trials/{ONE}")
                tab.page.get_by_label("Token").fill(secret)
                tab.page.get_by_role("button", name="Log in").click()
                tab.page.get_by_label("New tag").fill("planted")
                with tab.page.expect_request("**/do/tag") as seen:
                    tab.page.get_by_role("button", name="Tag", exact=True).click()
                assert "sec-fetch-site" not in seen.value.all_headers()
                tab.page.wait_for_url("**#said")
        assert "planted" in tags(program)

    def test_a_token_for_feeds_does_not_act(self, program: Program) -> None:
        token_of(program)
        feeds = str(program.run("tokens", "add", "reader", "--feeds", "-o", "json").json["token"]["token"])
        with acts(program) as site:
            for options in ({"headers": {"authorization": f"Bearer {feeds}"}}, {"params": {"token": feeds}}):
                assert site.client.post("/do/tag", data=TAG, **options).status_code in (401, 403)
        assert "planted" not in tags(program)

    def test_a_proxy_in_front_is_not_this_machine(self, program: Program) -> None:
        """It passes on what others ask, from an address of this machine."""
        with (program.home / "trialwatch.toml").open("a") as file:
            file.write('\n[web]\nnames = ["trials.example.org"]\n')
        with acts(program) as site:
            named = {
                "host": "trials.example.org",
                "origin": "http://trials.example.org",
                "sec-fetch-site": "same-origin",
            }
            passed = {**own(site), "x-forwarded-for": "192.0.2.7"}
            for headers in (named, passed):
                found = site.client.post("/do/tag", data=TAG, headers=headers)
                assert (found.status_code, "trialwatch tokens add NAME" in found.text) == (403, True)
                page = site.get(f"/trials/{ONE}", headers=headers)
                assert (page.status_code, "/do/" in page.text, "Nothing can be changed here" in page.text) == (
                    (200, False, True)
                )
        assert "planted" not in tags(program)

    def test_acting_can_be_switched_off(self, program: Program) -> None:
        off(program)
        secret = token_of(program)
        with acts(program) as site:
            script = {"authorization": f"Bearer {secret}"}
            found = site.client.post("/do/tag", data=TAG, headers=script)
            assert (found.status_code, "actions = true" in found.json()["detail"]) == (403, True)
            assert "/do/" not in site.get(f"/trials/{ONE}", headers=script).text
        assert "planted" not in tags(program)


class TestForms:
    @pytest.mark.parametrize("path", LISTED)
    def test_an_address_of_an_action_takes_forms_only(self, site: Served, path: str) -> None:
        for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS"):
            found = site.client.request(method, path, headers=own(site))
            assert (found.status_code, found.headers["allow"]) == (405, "POST")

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ("trial=NCT00000001&tag=planted&more=1", 400),
            ("trial=NCT00000001&tag=planted&tag=other", 400),
            ("trial=NCT00000001", 400),
            ("trial=NCT00000001&tag=planted%FF", 400),
            ("trial=NCT00000001&tag=planted%00", 400),
            ("trial=NCT00000001&tag=planted&", 400),
            ("", 400),
            (f"trial=NCT00000001&tag={'a' * MOST_BYTES}", 413),
        ],
    )
    def test_a_form_that_no_page_sends_is_refused(self, site: Served, base: Program, body: str, status: int) -> None:
        headers = {**own(site), "content-type": "application/x-www-form-urlencoded"}
        found = site.client.post("/do/tag", content=body, headers=headers)
        assert (found.status_code, "Nothing was done" in found.text) == (status, True)
        assert tags(base) == ["liver"]

    @pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data; boundary=x", ""])
    def test_another_type_of_body_is_refused(self, site: Served, kind: str) -> None:
        headers = {**own(site), **({"content-type": kind} if kind else {})}
        assert site.client.post("/do/tag", content="trial=NCT00000001&tag=planted", headers=headers).status_code == 415

    def test_an_action_that_is_not_there(self, site: Served) -> None:
        assert site.client.post("/do/nothing", data={}, headers=own(site)).status_code == 404

    @pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "x", "/a\r\nb: c"])
    def test_the_way_back_stays_here(self, program: Program, back: str) -> None:
        with acts(program) as site:
            found = site.client.post("/do/tag", data={**TAG, "back": back}, headers=own(site))
            assert found.headers["location"] == "/#said"


class TestOldPagesAndSecondTimes:
    def test_a_page_of_another_store_does_nothing(self, program: Program) -> None:
        before = tables(program)
        with acts(program) as site:
            said = told(site, site.client.post("/do/tag", data={**TAG, "store": "another"}, headers=own(site)))
        assert said.startswith("The page shows another store than the one that is served now, so nothing was done.")
        assert tables(program) == before

    @pytest.mark.parametrize(
        ("path", "form", "said"),
        [
            ("/do/tag", TAG, f"{ONE} had the tag planted already."),
            ("/do/untag", {"trial": ONE, "tag": "liver"}, f"{ONE} does not have the tag"),
            ("/do/unwatch", {"trial": TWO}, f"{TWO} was not watched any more. Nothing was changed."),
            ("/do/watch", {"trials": ONE, "tag": ""}, f"{ONE}: watched already. Nothing was changed."),
            (
                "/do/note",
                {"trial": ONE, "text": "Asked.\r\n", "notes": "0"},
                "This note was there already. Nothing was changed.",
            ),
        ],
    )
    def test_the_second_time_changes_nothing(
        self, program: Program, path: str, form: Mapping[str, str], said: str
    ) -> None:
        with acts(program) as site:
            assert site.client.post(path, data=form, headers=own(site)).status_code == 303
            once = tables(program)
            assert told(site, site.client.post(path, data=form, headers=own(site))).startswith(said)
            assert tables(program) == once

    def test_a_note_of_an_old_page_is_added(self, program: Program) -> None:
        with acts(program) as site:
            for text in ("One.", "Two."):
                form = {"trial": ONE, "text": text, "notes": "0"}
                assert told(site, site.client.post("/do/note", data=form, headers=own(site))) == "Noted."
        assert [it["text"] for it in program.json("note", ONE)["notes"]] == ["One.", "Two."]
