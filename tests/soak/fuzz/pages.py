"""Part of `make fuzz`: atheris on both page readers, for some seconds (default 60). Ends with 0 when nothing got out,
with 3 where atheris is not installed.

    python -m tests.soak.fuzz.pages [SECONDS]

Where atheris does not install, hypothesis goes on alone: tests/unit/registries/page/test_fuzz.py.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path


def main(seconds: int) -> None:
    try:
        import atheris  # noqa: PLC0415  (an extra that not every machine has)
    except ImportError:
        print(
            "atheris is not installed here: pip install atheris "
            "(or run: pytest tests/unit/registries/page/test_fuzz.py)"
        )
        sys.exit(3)
    with atheris.instrument_imports(
        include=["tracker.registries.page", "tracker.registries.euctr", "tracker.registries.trialpage"]
    ):
        from tests.unit.registries.page import test_fuzz as readers  # noqa: PLC0415  (to be instrumented)
    with tempfile.TemporaryDirectory() as folder:
        for number, body in enumerate(readers.PAGES):
            (Path(folder) / str(number)).write_bytes(body)
        limits = (f"-max_total_time={seconds}", "-max_len=40000", "-timeout=5", "-rss_limit_mb=2048")
        atheris.Setup([sys.argv[0], *limits, folder], readers.both)
        atheris.Fuzz()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
