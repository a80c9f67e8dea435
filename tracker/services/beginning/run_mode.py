"""Let the program run by itself: as a service of the user's systemd, or by a line in the crontab."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from storage.files.atomic_files import write_whole
from storage.files.private_files import make_folder
from tracker.errors import UsageError

__all__ = ["RunMode", "Running", "possible_mode", "run_by_itself"]

UNIT = "trialwatch.service"
MARK = "# trialwatch"
_TIMEOUT = 60

_SERVICE = """\
# Written by: trialwatch init
[Unit]
Description=Trialwatch: watches clinical trials on their registries
After=network-online.target
Wants=network-online.target

[Service]
Type=notify
ExecStart={command} daemon
ExecReload=/bin/kill -HUP $MAINPID
{environment}Restart=always
RestartSec=10
WatchdogSec=120
TimeoutStopSec=15
UMask=0077
NoNewPrivileges=yes

[Install]
WantedBy=default.target
"""


class RunMode(StrEnum):
    """How the program runs."""

    USER_SERVICE = "user-service"
    CRON = "cron"
    BY_HAND = "by-hand"


@dataclass(frozen=True, slots=True)
class Running:
    """What was set up. `problem`: why it does not run by itself yet, with the next step; "" if it does."""

    mode: RunMode
    file: Path | None = None
    problem: str = ""
    hint: str = ""


def possible_mode(environment: Mapping[str, str]) -> RunMode:
    """Return the best way to run that this machine has."""
    runtime = environment.get("XDG_RUNTIME_DIR")
    if runtime and Path(runtime, "systemd").is_dir() and shutil.which("systemctl", path=environment.get("PATH")):
        return RunMode.USER_SERVICE
    return RunMode.CRON if shutil.which("crontab", path=environment.get("PATH")) else RunMode.BY_HAND


def run_by_itself(mode: RunMode, environment: Mapping[str, str]) -> Running:
    """Set up how the program runs, and start it. What was set up before for this store is replaced, not doubled."""
    if mode is RunMode.USER_SERVICE:
        return _user_service(environment)
    return _crontab(environment) if mode is RunMode.CRON else Running(mode)


def _user_service(environment: Mapping[str, str]) -> Running:
    file = _config_home(environment) / "systemd" / "user" / UNIT
    settings = "".join(f"Environment={_unit_quoted(f'{name}={value}')}\n" for name, value in _ours(environment))
    make_folder(file.parent)
    text = _SERVICE.format(
        command=" ".join(_unit_quoted(it).replace("$", "$$") for it in _program()), environment=settings
    )
    write_whole(file, text.encode(), force=True)
    for words in (["daemon-reload"], ["enable", UNIT], ["restart", UNIT]):
        if why := _failure(["systemctl", "--user", *words], environment):
            again = "systemctl --user enable --now trialwatch"
            return Running(
                RunMode.USER_SERVICE, file, f"The service is written, but did not start: {why}. Try: {again}"
            )
    hint = "So that it goes on when you are logged out: loginctl enable-linger"
    return Running(RunMode.USER_SERVICE, file, hint=hint)


def _crontab(environment: Mapping[str, str]) -> Running:
    line = _cron_line(environment)
    by_hand = f"Add this line yourself (crontab -e): {line}"
    if not shutil.which("crontab", path=environment.get("PATH")):
        return Running(RunMode.CRON, problem=f"There is no crontab on this machine. {by_hand}")
    listed = subprocess.run(
        ["crontab", "-l"], env=dict(environment), capture_output=True, text=True, check=False, timeout=_TIMEOUT
    )
    # Without a crontab, `crontab -l` fails and says so. Any other failure must not lead to an empty one.
    if listed.returncode and "no crontab" not in listed.stderr.lower():
        return Running(RunMode.CRON, problem=f"The crontab cannot be read: {listed.stderr.strip()}. {by_hand}")
    there = listed.stdout.splitlines() if not listed.returncode else []
    kept = [it for it in there if not it.endswith(MARK) or _place_in(it) != _place_in(line)]
    text = "\n".join([*kept, line]) + "\n"
    if why := _failure(["crontab", "-"], environment, text):
        return Running(RunMode.CRON, problem=f"The crontab could not be written: {why}. {by_hand}")
    return Running(RunMode.CRON)


def _cron_line(environment: Mapping[str, str]) -> str:
    """Return the line: every four hours, at a minute that depends on the machine and the user.

    Cron mails what a command writes to stderr.
    """
    settings = [f"{name}={shlex.quote(value)}" for name, value in _ours(environment)]
    command = " ".join([*settings, shlex.join([*_program(), "poll"])])
    minute = sha256(f"{os.uname().nodename} {os.getuid()}".encode()).digest()[0] % 60
    return f"{minute} */4 * * * {command.replace('%', chr(92) + '%')} >/dev/null  {MARK}"


def _place_in(line: str) -> set[str]:
    """Return the settings in a line of the crontab that say which store it polls."""
    try:
        words = shlex.split(line)
    except ValueError:  # a quote that is not closed
        words = line.split()
    return {it for it in words if it.startswith(("TRIALWATCH_HOME=", "TRIALWATCH_CONFIG=", "TRIALWATCH_DATABASE_URL="))}


def _program() -> list[str]:
    """Return the command that starts this program, as an absolute path."""
    beside = Path(sys.executable).with_name("trialwatch")
    return [str(beside)] if beside.exists() else [sys.executable, "-m", "tracker"]


def _ours(environment: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the variables of this program that are set, so that the service works on the same store."""
    return sorted((name, value) for name, value in environment.items() if name.startswith("TRIALWATCH_") and value)


def _config_home(environment: Mapping[str, str]) -> Path:
    if configured := environment.get("XDG_CONFIG_HOME"):
        return Path(configured)
    try:
        return Path.home() / ".config"
    except RuntimeError:
        raise UsageError("This user has no home folder for a service. Choose: --run by-hand", subject="--run") from None


def _unit_quoted(text: str) -> str:
    """Return a text as systemd reads it back from a quoted word."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def _failure(command: list[str], environment: Mapping[str, str], text: str = "") -> str:
    """Run a command. Return why it failed, or ""."""
    try:
        done = subprocess.run(
            command, env=dict(environment), input=text, capture_output=True, text=True, check=False, timeout=_TIMEOUT
        )
    except FileNotFoundError:
        return f"there is no {command[0]} on this machine"
    except subprocess.TimeoutExpired:
        return f"{command[0]} did not answer within a minute"
    lines = (done.stderr or done.stdout).strip().splitlines()
    return "" if done.returncode == 0 else (lines[0] if lines else f"{command[0]} failed").rstrip(".")
