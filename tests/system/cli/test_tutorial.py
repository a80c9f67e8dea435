"""The tutorial, command by command: the real program against an embedded registry and a real mail server."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.channels.smtp_sink import Mailbox
from tests.support.paths import ROOT
from tests.support.program.program import Program
from tests.support.program.screen import answered
from tests.support.program.shown_session import Shown, missing, sessions
from tests.support.registry.embedded_registry import RegistryServer
from tracker.demo.story import STORY

PAGE = (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
TODAY = date(2026, 8, 14)
ADDRESS, PASSWORD = "you@gmail.com", "app password"
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture
def home() -> Iterator[Path]:
    """Return a home with a short name, as people have: a long one would break lines elsewhere than shown."""
    with TemporaryDirectory(prefix="") as folder:
        yield Path(folder)


def registry_of(day: date) -> RegistryServer:
    """Return a registry with the trials of the demo as they were on a day before anything in them is invented."""
    records = {trial: record for trial in STORY.facts if (record := STORY.record_on(trial, day)) is not None}
    server = RegistryServer(records)
    server.histories = {
        trial: [{"protocolSection": version} for version in STORY.versions_on(trial, day)] for trial in records
    }
    return server


def printed_by(program: Program, shown: Shown, home: Path) -> str:
    """Run a command as shown, and return what it prints. Fail if its exit code is not 0."""
    program_name, *words = shlex.split(shown.command.replace("~", str(home)))
    assert program_name == "trialwatch"
    if shown.questions:
        answers = [(question, answer or PASSWORD) for question, answer in shown.questions]
        return ESCAPES.sub("", answered(program, *words, answers=answers, environment={"HOME": str(home)}))
    run = program.run(*words, COLUMNS="100", TRIALWATCH_OUTPUT="table", HOME=str(home))
    return f"{run.out}\n{run.err}"


def test_the_tutorial_shows_what_happens(tmp_path: Path, home: Path) -> None:
    with registry_of(TODAY) as registry, Mailbox(login=(ADDRESS, PASSWORD)) as box:
        program = Program(tmp_path / "home", registry)
        program.clock.write_text(datetime(2026, 8, 14, 14, 30, tzinfo=UTC).isoformat())
        sink = f"smtp://{ADDRESS.replace('@', '%40')}@127.0.0.1:{box.port}"
        shown = sessions(PAGE, {"SINK": sink})
        lost = {each.command: missing(each, printed_by(program, each, home)) for each in shown}
    assert {command: lines for command, lines in lost.items() if lines} == {}
    assert len(box.mails) == 2 and all(mail.to == (ADDRESS,) for mail in box.mails)
    assert (home / "trials-backup.db").exists()
    assert [each.command.split()[1] for each in shown if each.questions] == ["init"]


def test_a_line_that_was_not_printed_is_missing() -> None:
    shown = Shown("trialwatch x", ["one", "...", "th...e", "two", "four ..."])
    assert missing(shown, "one\ntwo\nthree\nfour \nfive") == ["two"]
    assert missing(shown, "one\ntwo\nthree\n") == ["two", "four ..."]
