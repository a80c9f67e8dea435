"""Help, start-up, and streams that end early, are closed, full, or know few letters."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.support.program.program import COMMAND, ROOT, Program
from tests.support.registry.embedded_registry import RegistryServer, Request
from tests.system.cli.conftest import ONE, THREE, TWO

COMMANDS = (
    "demo watch unwatch list poll status show history diff changes results import verify export evidence backup "
    "restore doctor"
).split()


def test_every_command_has_help_with_an_example(program: Program) -> None:
    overview = program.run("--help").out
    for command in COMMANDS:
        shown = program.run(command, "--help").out
        assert f"Example:  trialwatch {command} " in f"{shown.replace(chr(10), ' ')} "
        assert f"  {command} " in overview
        assert max(map(len, shown.splitlines())) <= 100
    assert program.run("--version").out.startswith("trialwatch 0.")
    assert "Usage" in program.run(expect=None).err
    assert not program.home.exists(), "asking for help makes no store"


def test_help_costs_next_to_nothing() -> None:
    """What is imported for it is ours, typer's and the standard library's."""
    script = "import sys; before = set(sys.modules); import tracker.cli.main; print(*set(sys.modules) - before)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    packages = {name.partition(".")[0] for name in run.stdout.split()}
    own = {"tracker", "schedules", "typer", "shellingham", "annotated_doc", "typing_extensions", "rich"}
    assert packages - own - set(sys.stdlib_module_names) == set()
    assert "rich.table" not in run.stdout and "sqlmodel" not in packages


@pytest.mark.parametrize(
    "words", [("show", ONE), ("history", ONE), ("changes", ONE, "--limit", "5"), ("list", "-o", "json")]
)
def test_what_only_reads_versions_loads_no_comparison(lived: Program, words: tuple[str, ...]) -> None:
    """And no other database's dialect, and no pydantic: each would be a good part of the command's time."""
    script = "import sys; from tracker.cli import main; code = main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    command = [sys.executable, "-c", f"{script}; sys.exit(code)", *words]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=lived.environment(), check=True)
    loaded = set(run.stderr.split())
    assert run.stdout and "storage.reads.door" in loaded
    assert loaded & {"deepdiff", "numpy", "sqlalchemy.dialects.postgresql", "httpx", "rich.table", "pydantic"} == set()


@pytest.mark.fault("F31")
@pytest.mark.parametrize("form", ["table", "jsonl"])
def test_a_reader_that_has_read_enough(lived: Program, form: str) -> None:
    """Fault F31: quiet, exit code 0."""
    ours, theirs = os.pipe()
    os.close(ours)
    words = [*COMMAND, "changes", "-o", form]
    done = subprocess.run(words, env=lived.environment(), stdout=theirs, stderr=subprocess.PIPE, check=False)
    os.close(theirs)
    assert (done.returncode, done.stderr.decode().count("\n")) == (0, 1), done.stderr  # the test clock's warning


@pytest.mark.fault("F31")
def test_closed_full_and_narrow_streams(lived: Program) -> None:
    """Fault F31."""

    def shell(command: str, **extra: str) -> subprocess.CompletedProcess[str]:
        line = f"{sys.executable} -m tracker {command}"
        environment = lived.environment(extra)
        return subprocess.run(["sh", "-c", line], env=environment, capture_output=True, text=True, check=False)

    assert shell("list >&-").returncode == 0
    assert shell("history NCT09999999 2>&-").returncode == 4
    full = shell("list >/dev/full")
    assert full.returncode == 1 and "its disk is full" in full.stderr and "Traceback" not in full.stderr
    assert "Exception ignored" not in full.stderr
    narrow = shell("list -o table", PYTHONIOENCODING="ascii")
    assert narrow.returncode == 0 and ONE in narrow.stdout


def test_an_interrupted_poll(program: Program, registry: RegistryServer) -> None:
    """Ctrl-C: exit code 130, one sentence, nothing lost."""
    program.run("watch", ONE, TWO, THREE)
    program.day()
    asked: list[Request] = []

    def slow(request: Request) -> None:
        asked.append(request)
        time.sleep(0.1 if len(asked) < 2 else 3)

    registry.faults = slow
    poll = program.start("poll")
    while len(asked) < 2 and poll.poll() is None:
        time.sleep(0.02)
    poll.send_signal(signal.SIGINT)
    out, err = poll.communicate(timeout=30)
    assert (poll.returncode, out) == (130, b"") and b"Interrupted" in err and b"Traceback" not in err
    registry.faults = []
    assert program.json("poll")["poll"]["outcome"] == "complete"
    assert program.json("verify") == {"faults": []}


def test_a_second_poll_waits_for_the_first(program: Program, registry: RegistryServer) -> None:
    program.run("watch", ONE)
    program.day()
    registry.faults = lambda _: time.sleep(0.4)
    first, second = program.start("poll", "-o", "json"), program.start("poll", "-o", "json")
    assert first.communicate(timeout=60)[0] and second.communicate(timeout=60)[0]
    assert (first.returncode, second.returncode) == (0, 0)
