"""Ctrl-C ends a command with 130, and with the command that goes on, ready to be pasted. The signals are real."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.program.program import Program, record
from tests.support.registry.embedded_registry import RegistryServer, Reply, Request

TRIALS = [f"NCT0000{number:04}" for number in range(1, 9)]


@pytest.fixture
def registry() -> Iterator[RegistryServer]:
    with RegistryServer([record(trial) for trial in TRIALS]) as server:
        yield server


@contextmanager
def silent(registry: RegistryServer, part: str) -> Iterator[threading.Event]:
    """The registry does not answer a request with `part` in its address. The event is set when it came."""
    came, released = threading.Event(), threading.Event()

    def fault(request: Request) -> Reply | None:
        if part in request.path:
            came.set()
            released.wait(30)
        return None

    registry.faults = fault
    try:
        yield came
    finally:
        registry.faults = []
        released.set()


def interrupted(program: Program, registry: RegistryServer, part: str, *words: str) -> str:
    """Return what a command says that is interrupted while it waits for the registry."""
    with silent(registry, part) as came:
        process = program.start(*words)
        assert came.wait(30)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert b"Traceback" not in err
    return err.decode()


def next_command(said: str) -> list[str]:
    """Return the words of the command that was said last, as a shell splits them."""
    start, _, command = said.splitlines()[-1].partition(" To go on: ")
    assert start == "Interrupted. What was finished is stored."
    first, *words = shlex.split(command)
    assert first == "trialwatch"
    return words


@pytest.mark.fault("R-F9")
def test_a_watch_names_every_trial_whose_past_is_not_here(program: Program, registry: RegistryServer) -> None:
    said = interrupted(program, registry, "/history", "watch", *TRIALS, "--tag", "one two")
    assert said.count("The past is left for later. The records of today are still read; Ctrl-C again ends") == 1
    assert "The past of 8 trials is not here yet, because it was interrupted. What has come is kept.\n" in said
    assert next_command(said) == ["watch", *TRIALS]
    assert {row["trial"] for row in program.json("list", "--tag", "one two")["trials"]} == set(TRIALS)
    program.run(*next_command(said))


def test_an_import_is_gone_on_with_by_the_same_command(
    program: Program, registry: RegistryServer, tmp_path: Path
) -> None:
    file = tmp_path / "my $(ids).txt"
    file.write_text("\n".join(TRIALS))
    said = interrupted(program, registry, "/history", "import", str(file), "--backfill", "--tag", "it's")
    assert next_command(said) == ["import", str(file), "--backfill", "--tag", "it's"]
    assert "The past of 8 trials is not here yet" in said


def test_a_past_that_stops_by_itself_names_every_trial_too(program: Program, registry: RegistryServer) -> None:
    registry.faults = lambda request: (
        Reply(429, headers={"Retry-After": "7200"}) if "/history" in request.path else None
    )
    run = program.run("watch", *TRIALS, expect=None)
    assert f"go on with: trialwatch watch {' '.join(TRIALS)}\n" in run.err


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("/studies", ("poll",)),
        ("/studies", ("poll", TRIALS[0], "--no-deliver")),
        ("/studies", ("similar", TRIALS[0], "--top", "3")),
        ("/studies", ("watch", TRIALS[1], "--no-backfill")),
        ("/", ("doctor",)),
    ],
    ids=["poll", "poll-one", "similar", "watch", "doctor"],
)
def test_what_asks_the_registry_ends_with_130(
    program: Program, registry: RegistryServer, part: str, words: tuple[str, ...]
) -> None:
    program.run("watch", *TRIALS[:2], "--no-backfill")
    program.day()
    assert next_command(interrupted(program, registry, part, *words)) == list(words)
    assert program.json("verify") == {"faults": []}


@pytest.mark.parametrize("words", [("verify",), ("export", "changes"), ("similar", TRIALS[0], "--stored"), ("list",)])
def test_what_reads_the_store_ends_with_130(program: Program, words: tuple[str, ...]) -> None:
    """The signal comes when the store is about to be opened."""
    program.run("watch", *TRIALS[:2], "--no-backfill")
    run = _hooked(program, "signal.raise_signal(signal.SIGINT)", *words)
    assert run.returncode == 130 and run.stdout == "", run.stderr
    assert next_command(run.stderr) == list(words)


def test_an_interrupt_that_python_ignores_still_counts(program: Program) -> None:
    """In `__del__`, KeyboardInterrupt goes no further. It is raised again, and the program ends with 130."""
    ignored = "type('It', (), {'__del__': lambda self: signal.raise_signal(signal.SIGINT)})(); time.sleep(30)"
    run = _hooked(program, ignored, "list")
    assert run.returncode == 130, run.stderr
    assert next_command(run.stderr) == ["list"] and "ignored" not in run.stderr


def _hooked(program: Program, action: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command that does `action` when it begins to open the store."""
    script = (
        "import signal, sys, time\n"
        "done = []\n"
        "def hook(name, given):\n"
        "    if name == 'import' and given[0] in ('storage.engine.database', 'storage.reads.door') and not done:\n"
        "        done.append(name)\n"
        f"        {action}\n"
        "sys.addaudithook(hook)\n"
        "from tracker.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    command = [sys.executable, "-c", script, *words]
    return subprocess.run(
        command, env=program.environment(), cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


def test_a_command_ended_by_sigterm_leaves_the_store_whole(program: Program, registry: RegistryServer) -> None:
    with silent(registry, "/history") as came:
        process = program.start("watch", *TRIALS)
        assert came.wait(30)
        process.terminate()
        process.communicate(timeout=30)
    assert process.returncode == -signal.SIGTERM, "143 in a shell"
    assert program.json("verify") == {"faults": []}


WAITING = """
import signal, socket, threading
from tracker.cli.interrupts import interrupts_noticed
with interrupts_noticed() as came:
    waiting, _other = socket.socketpair()
    waiting.settimeout(20)
    interrupt = lambda: signal.pthread_kill(threading.get_ident(), signal.SIGINT)
    threading.Timer(0.3, interrupt).start()
    try:
        waiting.recv(1)
    except KeyboardInterrupt:
        print("interrupted", came())
"""


def test_an_interrupt_that_another_thread_gets_ends_the_wait() -> None:
    """As one does that comes just before the wait begins: the main thread is not woken by it."""
    run = subprocess.run([sys.executable, "-c", WAITING], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert run.stdout == "interrupted True\n", run.stderr


HANDLED = """
import signal, time
from tracker.cli.interrupts import interrupts_noticed
with interrupts_noticed() as came:
    calls = []
    ours = signal.signal(signal.SIGINT, lambda *_: calls.append(1))
    signal.raise_signal(signal.SIGINT)
    time.sleep(1.2)
    signal.signal(signal.SIGINT, ours)
    time.sleep(1.2)
    print(len(calls), came())
"""


def test_an_interrupt_that_another_handler_gets_comes_once() -> None:
    """The daemon and the server end gracefully at the first and at once at the second, and a pager keeps its own."""
    run = subprocess.run([sys.executable, "-c", HANDLED], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert run.stdout == "1 False\n", run.stdout + run.stderr
