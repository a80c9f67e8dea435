"""A store with everything that the API shows: trials with a past, posted results, a set, messages that did not go."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.channels.webhook_sink import SECRET
from tests.support.program.program import Program, record, update
from tests.support.records.posted_results import section
from tests.support.registry.embedded_registry import RegistryServer, signed

__all__ = ["HIDDEN", "OLD", "ONE", "THREE", "TWO", "api_store", "copied"]

ONE, TWO, THREE, OLD = (f"NCT0000000{number}" for number in (1, 2, 3, 7))
"""ONE has posted results. TWO was stopped. OLD is an obsolete id of THREE."""
HIDDEN = ("HIDDENPATH", "HIDDENQUERY", SECRET)
"""Secrets of the channel. No answer may hold one of them."""
_CONFIG = """
[[channel]]
name = "team"
type = "webhook"
url = "http://127.0.0.1:9/HIDDENPATH?key=HIDDENQUERY"
secret_env = "HOOK_SECRET"
allow = ["127.0.0.1:9"]

[[channel]]
name = "me"
type = "email"
to = ["me@example.org"]
from = "trialwatch@example.org"
smtp = "smtp://127.0.0.1:9"

[[rule]]
name = "all"
on = ["*"]
send = ["team", "me"]
"""


@contextmanager
def api_store(home: Path) -> Iterator[Program]:
    """Make the store, and yield its program while its registry answers."""
    one, two, three = (record(trial) for trial in (ONE, TWO, THREE))
    three["protocolSection"]["identificationModule"]["nctIdAliases"] = [OLD]
    for each in (one, two, three):
        each["protocolSection"]["conditionsModule"] = {"conditions": ["Hepatocellular Carcinoma"]}
    two["protocolSection"]["statusModule"] |= {
        "startDateStruct": {"date": "2020-01-15", "type": "ACTUAL"},
        "primaryCompletionDateStruct": {"date": "2024-05-01", "type": "ACTUAL"},
    }
    signed(two)
    with RegistryServer([one, two, three], aliases={OLD: THREE}) as registry:
        program = Program(home, registry)
        program.run("watch", ONE, TWO, OLD, "--tag", "liver", "--no-backfill")
        (home / "trialwatch.toml").write_text(_CONFIG)
        program.run("similar", ONE, "--top", "2", "--watch")
        _change(program, ONE, overallStatus="COMPLETED")
        one |= {"hasResults": True, "resultsSection": section()}
        _change(program, ONE, resultsFirstPostDateStruct={"date": "2026-08-16", "type": "ACTUAL"})
        _change(program, TWO, overallStatus="TERMINATED", whyStopped="Slow accrual")
        yield program


@contextmanager
def copied(program: Program, home: Path) -> Iterator[Program]:
    """Copy the store, and yield the program of the copy while a registry of its own answers."""
    assert program.registry is not None
    shutil.copytree(program.home, home)
    with RegistryServer(copy.deepcopy(program.registry.studies), aliases={OLD: THREE}) as registry:
        own = Program(home, registry)
        own.clock.write_text(program.clock.read_text())
        yield own


def _change(program: Program, trial: str, **status: object) -> None:
    """Change a trial at the registry on the next day, and poll."""
    assert program.registry is not None
    program.day()
    update(program.registry.studies[trial], program.clock.read_text()[:10], **status)
    program.run("poll", HOOK_SECRET=SECRET, expect=3)
