"""A channel is one object: a new one is one file and one line, and the rest of the program asks it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.channels.alert_harness import alert_world, rule
from tests.support.channels.webhook_sink import SECRET
from tests.support.harness import ONE
from tests.support.paths import ROOT
from tracker.alerts.channels import channel_list
from tracker.alerts.config import examine
from tracker.api.alerts import CheckedChannel
from tracker.config.read_settings import load_settings
from tracker.services.alerts.check import check

OWN = {path.stem for path in (ROOT / "tracker/alerts/channels").glob("*.py")} - {"channel", "channel_list", "__init__"}


ANY = f"{', '.join(channel_list.TYPES)} or file"
"""As the error names the types: the program's own, and the one of these tests."""


@pytest.fixture(autouse=True)
def one_more_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(channel_list.TYPES, "file", "tests.support.channels.file_channel.FileSettings")


def log(path: Path, **more: str) -> str:
    extra = "".join(f"{key} = {value}\n" for key, value in more.items())
    return f'[[channel]]\nname = "log"\ntype = "file"\npath = "{path}"\n{extra}\n'


def mistakes(home: Path, text: str) -> dict[str, tuple[int | None, str]]:
    (home / "trialwatch.toml").write_text(text, encoding="utf-8")
    _, found = examine(load_settings({"TRIALWATCH_HOME": str(home), "HOOK_SECRET": SECRET}))
    return {it.key: (it.line, it.reason) for it in found}


def test_a_new_channel_is_checked_described_and_sent_over(tmp_path: Path) -> None:
    file = tmp_path / "told.jsonl"
    with alert_world(tmp_path / "home", log(file) + rule("log"), trials=2) as harness:
        [row] = check(harness.settings, harness.clock).channels
        does = f"lines to {file}"
        assert row == CheckedChannel(channel="log", type="file", state="ready", does=does, reason="")
        assert harness.context.alerts.by_step == {"log"}
        harness.module(ONE, "identificationModule")["acronym"] = "STAR"
        harness.change(ONE)
        assert harness.deliver().sent == 1
        [line] = file.read_text(encoding="utf-8").splitlines()
        assert "COMPLETED" in line.upper() and "STAR " in line, "people read names, however the channel is addressed"


def test_its_mistakes_are_told_like_those_of_any_channel(tmp_path: Path) -> None:
    assert mistakes(tmp_path, log(Path("here"))) == {"path": (4, "must be an absolute path")}
    assert mistakes(tmp_path, log(tmp_path, smtp='"smtp://h"')) == {
        "smtp": (5, "is no key of a channel of type file"),
    }
    assert mistakes(tmp_path, log(tmp_path, pth='"x"')) == {
        "pth": (5, "is no setting. Did you mean path?"),
    }
    assert mistakes(tmp_path, '[[channel]]\nname = "a"\ntype = "pigeon"\n') == {
        "type": (3, f"must be {ANY}, not 'pigeon'"),
    }
    assert mistakes(tmp_path, '[[channel]]\nname = "a"\ntype = "file"\npath = ["x"]\n') == {
        "path": (4, "must be text in quotes"),
    }


def test_nothing_outside_names_a_type_of_channel() -> None:
    """Whatever knows one type by name would have to be edited for the next."""
    found = set()
    for path in sorted((ROOT / "tracker").rglob("*.py")):
        if path.parent.name == "channels":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tracker.alerts.channels"):
                names = {(node.module or "").rpartition(".")[2], *(it.name for it in node.names)}
                found |= {(path.name, name) for name in names & OWN}
    assert found == set()


ALL = (
    '[[channel]]\nname = "a"\ntype = "webhook"\nurl = "https://h.example/x"\nsecret_env = "S"\n'
    '[[channel]]\nname = "b"\ntype = "email"\nto = ["a@b.example"]\nfrom = "t@b.example"\nsmtp = "smtp://h:25"\n'
    '[[channel]]\nname = "c"\ntype = "notify"\nurl_env = "U"\n'
)
READS = (
    "import sys\nfrom tracker.alerts.config import examine\nfrom tracker.config.read_settings import load_settings\n"
    f"config, wrong = examine(load_settings({{'TRIALWATCH_HOME': sys.argv[1], 'S': {SECRET!r}, 'U': 'json://h'}}))\n"
    "assert not wrong and all(it.describe() for it in config.channels)\n"
    "print(*sorted(it for it in sys.modules if it in ('httpcore', 'smtplib', 'apprise', 'jinja2') "
    "or it.startswith('tracker.alerts.channels.')))"
)


@pytest.mark.parametrize(
    ("text", "loaded"),
    [
        ("", ["channel", "channel_list", "secrets"]),
        (ALL[: ALL.index('[[channel]]\nname = "b"')], ["channel", "channel_list", "secrets", "webhook"]),
        (ALL, ["channel", "channel_list", "email", "mail_spec", "notify", "secrets", "webhook"]),
    ],
    ids=["none", "webhook", "all"],
)
def test_only_what_is_configured_is_loaded_and_nothing_heavy(tmp_path: Path, text: str, loaded: list[str]) -> None:
    (tmp_path / "trialwatch.toml").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", READS, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout.split(), done.stderr) == ([f"tracker.alerts.channels.{it}" for it in loaded], "")
