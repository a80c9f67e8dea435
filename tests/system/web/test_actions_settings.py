"""An action works with the config file as it is then, as a command does, and the pages go on with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program.program import Program
from tests.support.web.acting import acts, own, pair, tables, told
from tests.support.web.api_store import ONE, api_store
from tests.support.web.served import Served

CHANNEL = """
[[channel]]
name = "nightly"
type = "email"
to = ["you@example.org"]
from = "trialwatch@example.org"
smtp = "smtp://127.0.0.1:9"
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with api_store(tmp_path_factory.mktemp("settings") / "home") as program:
        yield program


@pytest.fixture
def program(base: Program, tmp_path: Path) -> Iterator[Program]:
    with pair(base, tmp_path) as both:
        yield both.page


def tag(site: Served, name: str) -> str:
    return told(site, site.client.post("/do/tag", data={"trial": ONE, "tag": name}, headers=own(site)))


def write(program: Program, text: str) -> None:
    with (program.home / "trialwatch.toml").open("a") as file:
        file.write(text)


def test_a_channel_that_was_added_since_the_start_is_known(program: Program) -> None:
    with acts(program) as site:
        assert tag(site, "first").endswith("has the tag first now.")
        write(program, CHANNEL)
        assert "nightly" not in site.get("/alerts").text
        said = told(site, site.client.post("/do/mute", data={"channel": "nightly"}, headers=own(site)))
        assert said == "The channel nightly is sent nothing more, until you lift that."
        assert "you@example.org" in site.get("/alerts").text


def test_a_mistake_in_the_file_is_said_and_nothing_is_done(program: Program) -> None:
    before = tables(program)
    with acts(program) as site:
        write(program, "\n[nonsense]\nx = 1\n")
        assert "nonsense" in tag(site, "first")
        assert site.get("/status").status_code == 200
        assert '"event": "not done from the page"' in site.said()
    assert tables(program) == before


def test_another_store_in_the_file_is_not_written_to(program: Program, tmp_path: Path) -> None:
    before, other = tables(program), tmp_path / "other.db"
    with acts(program) as site:
        text = (program.home / "trialwatch.toml").read_text()
        (program.home / "trialwatch.toml").write_text(f'database_url = "sqlite:///{other}"\n{text}')
        assert tag(site, "first").startswith("The config file names another store than the one that is served.")
    (program.home / "trialwatch.toml").write_text(text)
    assert tables(program) == before
    assert not other.exists()
