"""From nothing to the first message: `init`, in three questions, in options, and again."""

from __future__ import annotations

import json
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.channels.smtp_sink import Mailbox
from tests.support.channels.webhook_sink import Sink
from tests.support.program.program import Program
from tests.support.program.run_tools import run_tools
from tests.support.program.screen import answered
from tests.system.cli.conftest import ONE, TWO

USER, PASSWORD = "me@example.org", "correct horse battery staple"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with Mailbox(login=(USER, PASSWORD)) as mailbox:
        yield mailbox


@pytest.fixture
def tools(tmp_path: Path) -> dict[str, str]:
    """The environment in which a systemctl and a crontab are found that write down what they are told."""
    return run_tools(tmp_path)


def server(box: Mailbox) -> str:
    return f"smtp://{USER.replace('@', '%40')}@127.0.0.1:{box.port}"


def written(program: Program) -> dict[str, Any]:
    return tomllib.loads((program.home / "trialwatch.toml").read_text())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.fault("R-F1")
@pytest.mark.parametrize("width", [80, 140])
def test_three_answers_and_a_password_lead_to_a_sample_mail(
    program: Program, box: Mailbox, tools: dict[str, str], tmp_path: Path, width: int
) -> None:
    seen = answered(
        program,
        "init",
        answers=[
            ("1. Which trials?", f"https://clinicaltrials.gov/study/{ONE}, {TWO.lower()}"),
            ("2. Where shall it tell you?", USER),
            ("Which server sends the mails?", server(box)),
            (f"Password of {USER} at 127.0.0.1 (not shown):", PASSWORD),
            ("3. How shall it run?", "1"),
        ],
        columns=width,
        environment=tools,
    )
    assert PASSWORD not in seen
    [mail] = box.mails
    assert mail.defects == [] and mail.to == (USER,)
    assert mail.parsed["Subject"].startswith("Sample: Results posted: ")
    text = mail.parsed.get_body(("plain",))
    assert text is not None and "This is a sample: nothing has happened to any trial." in text.get_content()
    config = written(program)
    secret = Path(config["channel"][0]["password_file"])
    assert secret.read_text() == f"{PASSWORD}\n" and PASSWORD not in (program.home / "trialwatch.toml").read_text()
    assert [mode(secret), mode(secret.parent), mode(program.home / "trialwatch.toml")] == [0o600, 0o700, 0o600]
    assert config["alerts"]["owner"] == config["channel"][0]["name"] == "me"
    assert config["rule"][0] | {"on": 0} == {"name": "me", "on": 0, "min_severity": "major", "send": ["me"]}
    assert {row["trial"] for row in program.json("list")["trials"]} == {ONE, TWO}
    assert (tmp_path / "bin" / "systemctl.log").read_text().splitlines() == [
        "--user daemon-reload",
        "--user enable trialwatch.service",
        "--user restart trialwatch.service",
    ]
    unit = (tmp_path / "xdg/systemd/user/trialwatch.service").read_text()
    assert f'Environment="TRIALWATCH_HOME={program.home}"\n' in unit and " daemon\n" in unit
    assert "Told of changes: me (mail to me@example.org" in seen
    assert "It runs as a service of your user from now on" in seen and "loginctl enable-linger" in seen


def test_a_change_after_it_is_mailed(program: Program, box: Mailbox, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text(f"{PASSWORD}\n")
    program.run("init", ONE, "--tell", USER, "--smtp", server(box), "--password-file", password, "--run", "by-hand")
    assert len(box.mails) == 1
    program.day()
    assert program.registry is not None
    program.registry.studies[ONE]["protocolSection"]["statusModule"]["overallStatus"] = "TERMINATED"
    program.run("poll", expect=None)
    assert [it.parsed["Subject"].startswith("Sample") for it in box.mails] == [True, False]


def test_without_a_terminal_options_say_all_and_a_second_time_changes_nothing(
    program: Program, tools: dict[str, str], tmp_path: Path
) -> None:
    with Sink() as sink:
        words = ("init", ONE, "--tell", sink.url, "--private", "--run", "cron")
        begun = program.run(*words, "-o", "json", **tools).json["init"]
        assert (begun["trials"], begun["run"], begun["running"]) == ([ONE], "cron", True)
        assert [json.loads(hook.body)["data"]["sample"] for hook in sink.hooks] == [True]
        sink.secrets = (Path(written(program)["channel"][0]["secret_file"]).read_text().strip(),)
        config, table = written(program), (tmp_path / "bin/crontab.tab").read_text()
        assert table.endswith(" poll >/dev/null  # trialwatch\n") and f"TRIALWATCH_HOME={program.home} " in table
        (tmp_path / "bin/crontab.tab").write_text(f"0 1 * * * mine\n{table}")
        again = program.run(*words, "-o", "json", **tools)
        assert again.json["init"]["channel"] is None and "told already, by the channel" in again.err
        assert written(program) == config and len(sink.hooks) == 1
        assert (tmp_path / "bin/crontab.tab").read_text() == f"0 1 * * * mine\n{table}"


def test_yes_takes_every_default(program: Program, tools: dict[str, str]) -> None:
    assert program.registry is not None
    begun = program.run("init", ONE, "--yes", "-o", "json", **tools).json["init"]
    assert (begun["channel"], begun["run"]) == (None, "user-service")
    assert "Nobody is told of changes yet. To be told: trialwatch alerts add" in program.terminal("watch", ONE)


def test_without_a_terminal_and_without_words_it_says_what_to_type(program: Program) -> None:
    sentence, _ = program.error("init", code=2)
    assert "There is no terminal to ask on" in sentence and "trialwatch init NCT05349331 --tell" in sentence
    assert not program.home.exists()


def test_a_sample_that_does_not_arrive_is_said_and_nothing_is_lost(program: Program, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("wrong\n")
    with Mailbox(login=(USER, PASSWORD)) as box:
        words = ("init", ONE, "--tell", USER, "--smtp", server(box), "--password-file", password, "--run", "by-hand")
        done = program.run(*words, "-o", "json", expect=3)
        assert "The test did not arrive" in done.err and "trialwatch alerts test me" in done.err
        assert done.json["init"]["trials"] == [ONE] and done.json["init"]["channel"]["problem"]
        Path(written(program)["channel"][0]["password_file"]).write_text(PASSWORD)
        program.run("alerts", "test", "me")
        assert len(box.mails) == 1


def test_a_service_that_does_not_start_is_said_with_the_next_step(
    program: Program, tools: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "bin/systemctl.fails").write_text("Failed to connect to bus\nmore\n")
    done = program.run("init", ONE, "--run", "user-service", "-o", "json", expect=3, **tools)
    assert done.json["init"]["running"] is False
    shown = program.terminal("init", ONE, "--run", "user-service", "--yes", **tools)
    assert "did not start: Failed to connect to bus. Try: systemctl --user enable --now trialwatch" in shown


def test_a_provider_is_known_by_the_address_and_its_password_explained(program: Program) -> None:
    sentence = program.run("alerts", "add", "me@gmail.com", expect=2).err
    assert "app password" in sentence and "https://myaccount.google.com/apppasswords" in sentence
    assert "The password of me@gmail.com at smtp.gmail.com is wanted" in sentence
    refused, _ = program.error("alerts", "add", "me@outlook.com", code=2)
    assert "takes no passwords from programs" in refused
    unknown, _ = program.error("alerts", "add", "me@uni.example", code=2)
    assert "--smtp smtp+starttls://me%40uni.example@mail.example.org:587" in unknown
    assert not (program.home / "trialwatch.toml").exists()
