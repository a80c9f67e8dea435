"""`python -m tests.soak [DAYS TRIALS KILLS]`: the soak in full, and its figures."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from tests.soak import pages, syscall_kills
from tests.soak.backups import backups
from tests.soak.delivery_kills import delivery_kills
from tests.soak.kills import kills
from tests.soak.load import complaints as load_complaints
from tests.soak.load import killed_in_the_middle, load
from tests.soak.power import Cuts, power_cuts, why_not
from tests.soak.set_clock import ClockFigures, set_clock
from tests.soak.soak import complaints, soak, told
from tests.soak.tampering import tampering
from tests.support.daemon import shifted_clock
from tests.support.store import postgres


def main(days: int = 30, trials: int = 2000, times: int = 60) -> int:
    for name in [name for name in os.environ if name.startswith("TRIALWATCH_")]:
        del os.environ[name]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="trialwatch-soak-") as folder:
        figures = soak(Path(folder) / "home", days=days, trials=trials)
        print(told(figures))  # noqa: T201
        jumped = set_clock(Path(folder) / "clock", days) if not shifted_clock.why_not() else ClockFigures(0)
        print(f"{'the clock set':<26}{shifted_clock.why_not() or jumped}")  # noqa: T201
        killed = kills(Path(folder) / "killed", times)
        print(f"{'kills':<26}{killed}")  # noqa: T201
        asked = load(Path(folder) / "load", clients=50, seconds=60)
        print(f"{'50 clients':<26}{asked}")  # noqa: T201
        cut_off = killed_in_the_middle(Path(folder) / "cut-off", clients=50)
        carried = _delivering(Path(folder), times)
        copied = backups(Path(folder) / "backups", 50)
        print(f"{'backups':<26}{copied}")  # noqa: T201
        large = backups(Path(folder) / "large", 5, ballast=400 << 20)
        print(f"{'backups, 400 MB':<26}{large}")  # noqa: T201
        cut = power_cuts(_folder(folder, "power"), 400) if not why_not() else Cuts()
        print(f"{'power cuts':<26}{why_not() or cut}")  # noqa: T201
        altered = tampering(Path(folder), 500)
        print(f"{'alterations found':<26}{altered.found}, {altered.harmless} flips hit nothing")  # noqa: T201
        looked = pages.pages(Path(folder) / "pages") if not pages.why_not() else pages.Looked()
        print(f"{'pages in a browser':<26}{pages.why_not() or looked}")  # noqa: T201
    found = [*complaints(figures), *(["a kill lost or doubled something"] if killed.wrong else [])]
    found += [
        *copied.wrong,
        *large.wrong,
        *cut.wrong,
        *carried,
        *load_complaints(asked),
        *cut_off,
        *jumped.wrong,
        *looked.wrong,
        *(f"not found: {it}" for it in altered.missed),
    ]
    print(f"{'seconds':<26}{time.monotonic() - began:.0f}")  # noqa: T201
    print("\n".join(found) or "All is well.")  # noqa: T201
    return bool(found)


def _delivering(folder: Path, times: int) -> list[str]:
    """Kills of a process that delivers: at random moments and at receipts, on both databases, and at system calls."""
    carried = delivery_kills(folder / "delivering", times)
    print(f"{'kills while delivering':<26}{carried}")  # noqa: T201
    wrong = carried.wrong
    if reason := postgres.why_not():
        print(f"{'the same on PostgreSQL':<26}{reason}")  # noqa: T201
    else:
        postgres.prepare()
        with postgres.fresh_database() as (_, url):
            carried = delivery_kills(folder / "delivering-pg", times, url=url)
        postgres.clear_up()
        print(f"{'the same on PostgreSQL':<26}{carried}")  # noqa: T201
        wrong += carried.wrong
    if reason := syscall_kills.why_not():
        print(f"{'kills at system calls':<26}{reason}")  # noqa: T201
        return wrong
    numbers = [0 if number % 100 == 91 else number for number in range(1, 401, 10)]  # some are let through
    carried = syscall_kills.syscall_kills(folder / "calls", numbers)
    print(f"{'kills at system calls':<26}{carried}")  # noqa: T201
    return wrong + carried.wrong


def _folder(within: str, name: str) -> Path:
    made = Path(within) / name
    made.mkdir()
    return made


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
