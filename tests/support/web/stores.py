"""The stores that the pages are looked at with: the demo's, a hostile one, an empty one, and one of real records."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.paths import ROOT, SHARED
from tests.support.program.program import Program
from tests.support.registry.embedded_registry import RegistryServer
from tests.support.registry.trial_pages import divs
from tests.support.web import hostile
from tests.support.web.hostile import MARKUP
from tracker.demo.replay import CLOCK, replay
from tracker.demo.story import SEED, STORY

__all__ = ["REAL", "STORES", "WHY_NO_REAL", "Stored", "stored", "why_not"]

_RECORDS = SHARED / "data" / "ctgov" / "records"
REAL = "real"
WHY_NO_REAL = "the optional folder of real records (../shared/data/ctgov) is not on this machine"
_ONLY_A_PAGE = "NCT01234567"
_SECRET = {"HOOK_SECRET": "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}
_NONE = "NCT05349331"
"""A trial that the empty store does not have."""


@dataclass(frozen=True)
class Stored:
    """A store in a home. `trials`: those whose pages are looked at. `leading`: the first so many show all there is."""

    name: str
    program: Program
    trials: tuple[str, ...]
    leading: int
    environment: Mapping[str, str]


def demo(home: Path) -> None:
    """The story of the demo, with its alerts and its own clock."""
    for _ in replay(STORY, home):
        pass
    home.with_name(f"{home.name}.clock").write_text((home / CLOCK).read_text(encoding="utf-8"), encoding="utf-8")


def empty(home: Path) -> None:
    """No trial, no rule, no poll."""
    Program(home).run("list", "-o", "table")


_CONFIG = """
[[channel]]
name = "team"
type = "webhook"
url = "http://127.0.0.1:9/hook"
allow = ["127.0.0.1:9"]
secret_env = "HOOK_SECRET"

[[rule]]
name = "everything"
on = ["*"]
min_severity = "admin"
send = ["team"]
"""


def hostile_store(home: Path) -> None:
    """All that a registry and an owner can write: see `hostile`. One trial is gone, of one only a page is stored."""
    with RegistryServer(hostile.hostile_records()) as registry:
        registry.histories[hostile.TRIAL_MARKUP] = hostile.hostile_history()
        program = Program(home, registry)
        home.mkdir(parents=True)
        (home / "trialwatch.toml").write_text(_CONFIG, encoding="utf-8")
        program.run("watch", *registry.studies, "--tag", "all of them", expect=None, **_SECRET)
        program.run(
            "watch", "--query", f"term={MARKUP[:30]}", "--keep-empty", "--tag", hostile.TAG, expect=None, **_SECRET
        )
        program.run("watch", "--query", "term=University", "--no-backfill", expect=None, **_SECRET)
        program.run("tag", hostile.TRIAL_MARKUP, hostile.TRIAL_LONG, hostile.TAG)
        program.run("tag", hostile.TRIAL_MARKUP, hostile.CHINESE)
        program.run("note", hostile.TRIAL_MARKUP, f"{hostile.NASTY}\n\n{hostile.LONG_WORD}")
        page = home.with_name("page.html")
        saved = (ROOT / "tests/support/registry/trial_page.txt").read_text(encoding="utf-8")
        page.write_text(divs(saved), encoding="utf-8")
        program.run("import", page)
        for gone in (False, True, True):
            program.day()
            if gone:
                registry.studies.pop(hostile.TRIAL_GONE, None)
            else:
                hostile.move_on(registry.studies, program.clock.read_text()[:10])
            program.run("poll", expect=None, **_SECRET)


def real(home: Path) -> None:
    """Real records: those with the largest results, and every fortieth of the others."""
    files = sorted(_RECORDS.glob("*.json"), key=lambda it: (-it.stat().st_size, it.name))
    chosen = [*files[:4], *files[4::40]]
    Program(home).run("import", *chosen, "--watch", "--tag", "real", expect=None)


class _Found(Program):
    """A program in a home that somebody made. Its clock stands where they left it."""

    def __init__(self, home: Path) -> None:
        # Nothing is written: other processes read the clock of this home.
        self.home = home
        self.registry = None
        self.clock = home.with_name(f"{home.name}.clock")


STORES: Mapping[str, Callable[[Path], None]] = {"demo": demo, "hostile": hostile_store, "empty": empty, REAL: real}
_HOSTILE = (
    *(hostile.TRIAL_MARKUP, hostile.TRIAL_RESULTS, hostile.TRIAL_LONG, _ONLY_A_PAGE, hostile.TRIAL_LATE),
    *(hostile.TRIAL_CHINESE, hostile.TRIAL_GONE, hostile.TRIAL_BARE, hostile.TRIAL_RETURNED),
)


def why_not(name: str) -> str:
    """Return why a store cannot be made here, "" if it can."""
    return WHY_NO_REAL if name == REAL and not _RECORDS.is_dir() else ""


def stored(name: str, folder: Path) -> Stored:
    """Return a store by its name. All processes that name one folder share it: the first makes it, others wait."""
    home = _made_once(name, folder / f"store-{name}")
    program = _Found(home)
    trials, leading, environment = _shown(name, program)
    return Stored(name, program, trials, leading, environment)


def _shown(name: str, program: Program) -> tuple[tuple[str, ...], int, Mapping[str, str]]:
    if name == "demo":
        others = sorted(set(STORY.facts) - {SEED, "NCT05293496"})
        return (SEED, "NCT05293496", *others), 2, {}
    if name == "hostile":
        return _HOSTILE, 5, _SECRET
    if name == "empty":
        return (_NONE,), 1, {}
    rows = program.json("list")["trials"]
    return tuple(row["trial"] for row in rows), 2, {}


def _made_once(name: str, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            shutil.rmtree(folder / "home", ignore_errors=True)
            STORES[name](folder / "home")
            (folder / "made").touch()
    return folder / "home"
