"""`python -m tests.soak [DAYS TRIALS KILLS]`: the soak in full, and its figures."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from tests.soak.kills import kills
from tests.soak.soak import complaints, soak, told


def main(days: int = 30, trials: int = 2000, times: int = 60) -> int:
    for name in [name for name in os.environ if name.startswith("TRIALWATCH_")]:
        del os.environ[name]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="trialwatch-soak-") as folder:
        figures = soak(Path(folder) / "home", days=days, trials=trials)
        print(told(figures))  # noqa: T201
        killed = kills(Path(folder) / "killed", times)
        print(f"{'kills':<26}{killed}")  # noqa: T201
    found = [*complaints(figures), *(["a kill lost or doubled something"] if killed.wrong else [])]
    print(f"{'seconds':<26}{time.monotonic() - began:.0f}")  # noqa: T201
    print("\n".join(found) or "All is well.")  # noqa: T201
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
