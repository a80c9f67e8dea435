"""The config file by commands: where it is, what it says, what is wrong with it, and how it is changed."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.support.program.program import Program
from tests.support.program.screen import answered

WRITTEN = """\
# my settings
[http]
contact = "me@example.org"   # that is me

[[channel]]
name = "team"
type = "webhook"
url = "https://hooks.example.org/s3cr3t-path"
secret_env = "HOOK"

[[rule]]
name = "all"
on = ["*"]
send = ["team"]
"""


@pytest.fixture
def file(program: Program) -> Path:
    program.home.mkdir()
    path = program.home / "trialwatch.toml"
    path.write_text(WRITTEN)
    return path


def editor(folder: Path, *steps: str) -> str:
    """Return an editor: a program that does one step of `sed` to the file each time it is called."""
    script = folder / "editor"
    lines = "".join(f'{number}) sed -i {step!r} "$1" ;;\n' for number, step in enumerate(steps, 1))
    script.write_text(f'#!/bin/sh\necho x >>"$0.calls"\ncase $(wc -l <"$0.calls") in\n{lines}esac\n')
    script.chmod(0o755)
    return str(script)


def test_the_path_is_the_only_thing_on_stdout(program: Program) -> None:
    assert program.run("config", "path").out == f"{program.home / 'trialwatch.toml'}\n"


def test_show_says_where_each_value_comes_from_and_shows_no_secret(program: Program, file: Path) -> None:
    rows = {row["key"]: row for row in program.json("config", "show")["settings"]}
    assert (rows["http.contact"]["value"], rows["http.contact"]["source"]) == ("me@example.org", "file")
    assert rows["ctgov.url"]["source"] == "TRIALWATCH_CTGOV_URL"
    assert (rows["retention.days"]["value"], rows["retention.days"]["source"]) == (0, "default")
    seen = program.terminal("config", "show")
    assert "hooks.example.org" in seen and "s3cr3t-path" not in seen
    assert file.read_text() == WRITTEN


def test_set_changes_one_value_and_nothing_else(program: Program, file: Path) -> None:
    file.chmod(0o640)
    program.run("config", "set", "http.contact", "you@example.org", "-o", "json")
    assert file.read_text() == WRITTEN.replace('"me@example.org"', '"you@example.org"')
    assert file.stat().st_mode & 0o777 == 0o640
    program.run("config", "set", "rule.all.trials", "NCT00000001, tag:hcc")
    program.run("config", "set", "retention.days", "30")
    program.run("config", "set", "channel.team.group", "yes")
    values = tomllib.loads(file.read_text())
    assert values["rule"][0]["trials"] == ["NCT00000001", "tag:hcc"]
    assert (values["retention"], values["channel"][0]["group"]) == ({"days": 30}, True)
    assert "# my settings" in file.read_text() and "# that is me" in file.read_text()


REFUSED = [
    ("contact", "x", "Did you mean http.contact?"),
    ("http.contcat", "x", "Did you mean contact?"),
    ("http", "x", "http is a table. Name one of its keys, such as http.contact"),
    ("channel.tema.url", "x", "There is no channel 'tema'. There are: team"),
    ("rule.all.diggest", "daily@08:00", "Did you mean digest?"),
    ("rule.all.digest", "daily", "digest must be like daily@08:00 or weekly@mon08:00"),
    ("rule.all.send", "nobody-there", "send names no channel: 'nobody-there'"),
    ("retention.days", "many", "takes a whole number, not 'many'"),
    ("retention.days", "-1", "days must be days from 0"),
    ("channel.team.group", "maybe", "takes true or false, not 'maybe'"),
    ("ctgov.proxy", "ftp://x", "proxy must be an http(s) address"),
]


@pytest.mark.parametrize(("key", "value", "words"), REFUSED)
def test_set_refuses_what_would_be_a_mistake(program: Program, file: Path, key: str, value: str, words: str) -> None:
    done = program.run("config", "set", "--", key, value, expect=2)
    assert words in done.err and done.err.count("\n") == 1
    assert file.read_text() == WRITTEN


def test_set_puts_a_wrong_value_right_and_leaves_other_mistakes(program: Program, file: Path) -> None:
    file.write_text("http = 3\n[retention]\ndays = -1\n[results]\ndue_soon_days = [-1]\n")
    program.run("config", "set", "retention.days", "30")
    assert file.read_text() == "http = 3\n[retention]\ndays = 30\n[results]\ndue_soon_days = [-1]\n"
    assert "line 1: http must be a table" in program.run("config", "set", "http.contact", "x", expect=2).err


def test_set_takes_an_optional_value_back(program: Program, file: Path) -> None:
    file.write_text(f"{WRITTEN}[euctr]\nrequests_per_second = 0.2  # slow\nurl = 'https://eu.example'\n")
    program.run("config", "set", "euctr.requests_per_second", "")
    assert file.read_text() == f"{WRITTEN}[euctr]\nurl = 'https://eu.example'\n"
    program.run("config", "set", "channel.team.group", "yes")
    gone = program.json("config", "set", "channel.team.group", "")["setting"]
    assert gone == {"key": "channel.team.group", "value": None, "source": "default"}
    assert "group" not in file.read_text()
    file.write_text(WRITTEN)
    program.run("config", "set", "euctr.requests_per_second", "")
    assert file.read_text() == WRITTEN


@pytest.mark.parametrize(
    ("kinds", "lines"),
    [
        (
            "results.*,status.changed,trial.gone",
            '  "results.*",  # until March\n  "status.changed",\n  "trial.gone",\n',
        ),
        ("trial.gone,results.*", '  "trial.gone",\n  "results.*",  # until March\n'),
        ("status.changed", '  "status.changed",\n'),
    ],
)
def test_set_keeps_the_comments_in_a_list(program: Program, file: Path, kinds: str, lines: str) -> None:
    before = '[\n  "results.*",  # until March\n  "status.changed",\n]'
    file.write_text(WRITTEN.replace('["*"]', before))
    program.run("config", "set", "rule.all.on", kinds)
    assert file.read_text() == WRITTEN.replace('["*"]', f"[\n{lines}]")


def test_set_leaves_tables_where_their_comments_are(program: Program, file: Path) -> None:
    later = '\n# the night shift\n[[channel]]\nname = "night"\ntype = "webhook"\nurl = "https://n.example/x"\n'
    file.write_text(f"{WRITTEN}{later}")
    program.run("config", "set", "http.contact", "you@example.org")
    changed = WRITTEN.replace("me@", "you@")
    assert file.read_text() == f"{changed}{later}"
    program.run("config", "set", "channel.night.group", "yes")
    program.run("config", "set", "http.proxy", "http://proxy.example:3128")
    mine = "# that is me\n"
    changed = changed.replace(mine, f'{mine}proxy = "http://proxy.example:3128"\n')
    assert file.read_text() == f"{changed}{later}group = true\n"
    program.run("config", "set", "database_url", "sqlite:////tmp/other.db")
    assert file.read_text() == f'database_url = "sqlite:////tmp/other.db"\n{changed}{later}group = true\n'


def test_set_gives_a_rule_another_name(program: Program, file: Path) -> None:
    renamed = program.json("config", "set", "rule.all.name", "everything")["setting"]
    assert (renamed["key"], renamed["value"]) == ("rule.everything.name", "everything")
    assert file.read_text() == WRITTEN.replace('name = "all"', 'name = "everything"')


def test_a_value_that_the_environment_hides_is_checked_too(program: Program, file: Path) -> None:
    # Tests run with TRIALWATCH_REQUESTS_PER_SECOND, as a shell may. A crontab has no such variable.
    refused = program.run("config", "set", "ctgov.requests_per_second", "0", expect=2)
    assert "requests_per_second must be above 0" in refused.err and file.read_text() == WRITTEN
    file.write_text("[ctgov]\nrequests_per_second = 0\n")
    [found] = program.json("config", "check", expect=2)["check"]["mistakes"]
    assert (found["line"], found["place"]) == (2, "ctgov")
    program.run("config", "set", "ctgov.requests_per_second", "2")


def test_set_says_when_the_environment_wins(program: Program) -> None:
    done = program.run("config", "set", "ctgov.url", "https://other.example")
    assert "TRIALWATCH_CTGOV_URL is set, and wins over the file" in done.err


def test_check_names_every_mistake_and_a_right_file_has_none(program: Program, file: Path) -> None:
    assert program.json("config", "check")["check"]["mistakes"] == []
    file.write_text(WRITTEN.replace('send = ["team"]', 'send = "team"\nquite = "x"') + "[channnel]\n")
    found = program.json("config", "check", expect=2)["check"]
    assert [(it["line"], it["key"]) for it in found["mistakes"]] == [(14, "send"), (15, "quite"), (16, "channnel")]
    seen = program.terminal("config", "check", width=80)
    assert "line 14, rule all: send must be a list in brackets" in " ".join(seen.split())
    refused = program.run("list", expect=2).err
    assert "has 3 mistakes:" in refused and "line 15: quite is no setting. Did you mean quiet?" in refused


def test_a_ca_file_that_cannot_be_used_is_a_mistake(lived: Program) -> None:
    file = lived.home / "trialwatch.toml"
    file.write_text("")
    refused = lived.run("config", "set", "http.ca_file", "/nonexistent/ours.pem", expect=2).err
    assert "/nonexistent/ours.pem cannot be read: it does not exist" in refused and file.read_text() == ""
    file.write_text('[http]\nca_file = "/nonexistent/ours.pem"\n')
    lived.run("poll", expect=2)
    [found] = lived.json("config", "check", expect=2)["check"]["mistakes"]
    assert (found["line"], found["key"]) == (2, "ca_file")
    status = lived.json("status", expect=None)["status"]
    assert status["troubles"][0].startswith("The config file has 1 mistake, so nothing is looked at")
    assert lived.run("config", "set", "http.ca_file", "").code == 0


def test_edit_keeps_only_what_has_no_mistakes(program: Program, file: Path, tmp_path: Path) -> None:
    wrong = editor(tmp_path, "s/contact/contatc/", "s/contatc/contact/;s/me@/you@/")
    done = program.run("config", "edit", EDITOR=wrong, expect=2)
    assert "Did you mean contact?" in done.err + done.out and "trialwatch config edit" in done.err
    assert file.read_text() == WRITTEN
    program.run("config", "edit", EDITOR=wrong)
    assert file.read_text() == WRITTEN.replace("me@", "you@")
    assert [it.name for it in program.home.iterdir() if "draft" in it.name] == []


def test_edit_asks_again_on_a_terminal(program: Program, file: Path, tmp_path: Path) -> None:
    twice = editor(tmp_path, "s/contact/contatc/", "s/contatc/contact/;s/me@/you@/")
    answered(program, "config", "edit", answers=[("Edit again?", "y")], environment={"EDITOR": twice})
    assert file.read_text() == WRITTEN.replace("me@", "you@")


def test_edit_without_an_editor_says_what_to_do(program: Program) -> None:
    sentence = program.run("config", "edit", expect=2, EDITOR="no-such-editor").err
    assert "The editor no-such-editor is not installed" in sentence and "EDITOR=nano" in sentence
