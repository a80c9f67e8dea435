"""The first page on an empty store: `init` as a form, with the same config file and store afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.channels.smtp_sink import Mailbox
from tests.support.program.program import Program, record
from tests.support.program.run_tools import run_tools
from tests.support.registry.embedded_registry import RegistryServer
from tests.support.web.acting import own, tables, told
from tests.support.web.browser import Browser, Tab
from tests.support.web.looks import faults_of, keyboard_faults
from tests.support.web.served import Served, served

ONE, TWO = "NCT00000001", "NCT00000002"
USER, PASSWORD = "me@example.org", "correct horse battery staple"
SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])


@pytest.fixture
def registry() -> Iterator[RegistryServer]:
    with RegistryServer([record(ONE), record(TWO)]) as server:
        yield server


@pytest.fixture
def program(tmp_path: Path, registry: RegistryServer) -> Program:
    """In a home that does not exist yet."""
    return Program(tmp_path / "page", registry)


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with Mailbox(login=(USER, PASSWORD)) as mailbox:
        yield mailbox


def server(box: Mailbox) -> str:
    return f"smtp://{USER.replace('@', '%40')}@127.0.0.1:{box.port}"


def stored(program: Program) -> dict[str, list[object]]:
    """Return what a store holds, but for its own id."""
    return {name: rows for name, rows in tables(program).items() if name != "store"}


def files(program: Program) -> dict[str, str]:
    """Return the config file and the secrets, by their names."""
    found = [program.home / "trialwatch.toml", *(program.home / "secrets").glob("*")]
    return {it.name: it.read_text().replace(str(program.home), "HOME") for it in found if it.exists()}


def answer(tab: Tab, *, trials: str, tell: str = "", smtp: str = "", password: str = "", run: str = "by-hand") -> None:
    """Fill in the form as a person does, and send it."""
    tab.page.get_by_label("Numbers, addresses or words").fill(trials)
    tab.page.get_by_label("Address, or empty for nothing").fill(tell)
    if smtp or password:
        tab.page.get_by_text("For mail: server and password").click()
        tab.page.get_by_label("Mail server").fill(smtp)
        tab.page.get_by_label("Password").fill(password)
    tab.page.get_by_label("Run").select_option(run)
    tab.page.get_by_role("button", name="Set everything up").click()
    tab.page.wait_for_url("**#said")


@SCRIPTS
def test_three_answers_set_up_what_the_command_sets_up(
    chromium: Browser, program: Program, box: Mailbox, tmp_path: Path, *, scripts: bool
) -> None:
    tools = run_tools(tmp_path / "of page")
    with served(program, environment=tools) as site, chromium.tab(site, scripts=scripts) as tab:
        tab.open("/")
        assert tab.page.locator("h1").inner_text() == "Nothing is watched yet."
        answer(tab, trials=f"{ONE}, {TWO}", tell=USER, smtp=server(box), password=PASSWORD, run="cron")
        said = tab.page.locator("#said").inner_text()
        assert said == (
            "Set up: 2 trials are watched from now on. A sample is on its way to the channel me. "
            "Cron looks every four hours from now on."
        )
        assert tab.complaints == []
        tab.open("/alerts")
        assert tab.page.locator("h1").inner_text() == "Every channel works.", "the pages know the new channel"
        assert PASSWORD not in site.said() and USER not in site.said()
    other, password = Program(tmp_path / "command", program.registry), tmp_path / "password"
    password.write_text(PASSWORD)
    words = ("--tell", USER, "--smtp", server(box), "--password-file", password, "--run", "cron")
    of_command = run_tools(tmp_path / "of command")
    other.run("init", ONE, TWO, *words, **of_command)
    assert files(program) == files(other)
    assert len(files(program)) == 2
    assert stored(program) == stored(other)
    tab_of_page, tab_of_command = (tmp_path / name / "bin/crontab.tab" for name in ("of page", "of command"))
    assert tab_of_page.read_text().replace("/page", "/command") == tab_of_command.read_text()
    assert len(box.mails) == 2


@SCRIPTS
def test_words_are_searched_for_as_by_the_command(
    chromium: Browser, program: Program, tmp_path: Path, *, scripts: bool
) -> None:
    with served(program) as site, chromium.tab(site, scripts=scripts) as tab:
        tab.open("/")
        answer(tab, trials="study called")
        assert tab.page.locator("#said").inner_text() == "Set up: 2 trials are watched from now on."
    other = Program(tmp_path / "command", program.registry)
    other.run("init", "--query", "term=study called", "--run", "by-hand")
    assert files(program) == files(other) == {}
    assert stored(program) == stored(other)


@SCRIPTS
def test_what_is_wrong_is_said_and_what_was_typed_stays(chromium: Browser, program: Program, *, scripts: bool) -> None:
    with served(program) as site, chromium.tab(site, scripts=scripts) as tab:
        tab.open("/")
        for typed, why in (
            ({"trials": "NCT123"}, "NCT123"),
            ({"trials": ONE, "tell": "me@uni.example"}, "The mail server of uni.example is not known here."),
            ({"trials": ONE, "tell": "me@gmail.com"}, "The password of me@gmail.com at smtp.gmail.com is wanted."),
            ({"trials": ONE, "tell": "nonsense"}, "nonsense"),
        ):
            answer(tab, **typed)
            assert why in tab.page.locator("#said").inner_text()
            assert "--" not in tab.page.locator("#said").inner_text(), "no option of the command line"
            assert tab.page.get_by_label("Numbers, addresses or words").input_value() == typed["trials"]
            assert tab.page.get_by_label("Address, or empty for nothing").input_value() == typed.get("tell", "")
    assert files(program) == {}
    assert program.json("list")["trials"] == []


def test_a_wrong_password_is_not_kept_in_a_page(chromium: Browser, program: Program) -> None:
    with served(program) as site, chromium.tab(site, scripts=False) as tab:
        tab.open("/")
        answer(tab, trials="NCT123", tell=USER, password=PASSWORD)
        assert tab.page.get_by_label("Password").input_value() == ""
        assert PASSWORD not in tab.page.content()


def test_a_channel_whose_sample_does_not_arrive_is_said(chromium: Browser, program: Program, box: Mailbox) -> None:
    with served(program) as site, chromium.tab(site, scripts=False) as tab:
        tab.open("/")
        answer(tab, trials=ONE, tell=USER, smtp=server(box), password="wrong")
        assert "The channel me was added, but its sample did not arrive:" in tab.page.locator("#said").inner_text()
    assert [it["trial"] for it in program.json("list")["trials"]] == [ONE]


def test_a_second_time_changes_nothing(program: Program) -> None:
    form = {"trials": ONE, "tell": "", "run": "by-hand"}
    with served(program) as site:
        send = site.client.post
        assert told(site, send("/do/init", data=form, headers=own(site))).startswith("Set up: 1 trial is watched")
        once = stored(program)
        other = {**form, "trials": TWO}
        assert told(site, send("/do/init", data=other, headers=own(site))) == (
            "Something is watched here already, so nothing was set up again."
        )
        assert "/do/init" not in site.get("/").text
    assert stored(program) == once


def test_blanks_name_no_trial(program: Program) -> None:
    form = {"trials": "  ", "tell": "", "run": "by-hand"}
    with served(program) as site:
        said = told(site, site.client.post("/do/init", data=form, headers=own(site)))
        assert said == "Name at least one trial, such as NCT05349331, or words to search for."
        said = told(site, site.client.post("/do/watch", data={"trials": " , "}, headers=own(site)))
        assert said == "Name at least one trial, such as NCT05349331."
    assert program.json("list")["trials"] == []


def test_another_way_to_run_is_refused(program: Program) -> None:
    with served(program) as site:
        form = {"trials": ONE, "tell": "", "run": "nonsense"}
        assert "is no way to run" in told(site, site.client.post("/do/init", data=form, headers=own(site)))
    assert program.json("list")["trials"] == []


def test_what_doctor_finds_wrong_stands_above_the_questions(program: Program) -> None:
    program.home.mkdir()
    (program.home / "trialwatch.toml").write_text('[http]\nca_file = "/nowhere.pem"\n')
    with served(program) as site:
        page = site.get("/").text
    assert "Put this right first" in page and "/nowhere.pem" in page


def test_without_acting_the_first_page_names_the_command(program: Program) -> None:
    program.home.mkdir()
    (program.home / "trialwatch.toml").write_text("[web]\nactions = false\n")
    with served(program) as site:
        page = site.get("/").text
    assert "/do/" not in page and "trialwatch init" in page


def test_the_form_is_sound_for_everyone(chromium: Browser, program: Program) -> None:
    with served(program) as site:
        check(chromium, site, width=390)
        check(chromium, site, width=1440)


def check(chromium: Browser, site: Served, width: int) -> None:
    with chromium.tab(site, width=width, tested=True) as tab:
        tab.open("/")
        tab.open_all()
        assert tab.violations() == []
    with chromium.tab(site, width=width, scripts=False) as tab:
        assert faults_of(tab, "/") == []
        tab.open("/")
        assert keyboard_faults(tab) == []
        if shots := os.environ.get("TRIALWATCH_SHOTS"):
            tab.page.screenshot(path=f"{shots}/begin-{width}.png", full_page=True)
