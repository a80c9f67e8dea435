"""`python -m bench` measures everything and writes docs/benchmarks.md; `python -m bench NAME` prints one part."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bench import comparison, memory, polls, startup, storage
from bench.material import is_real, records
from bench.table import Line, page

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
PARTS: dict[str, Callable[[], list[Line]]] = {
    "startup": startup.run,
    "comparison": comparison.run,
    "polls": polls.run,
    "memory": memory.run,
    "storage": storage.run,
}
TEXT = """
# Benchmarks

Written by `make bench`; every line of one run. Milliseconds belong to the machine, ratios to the program: whatever is
compared is measured in turn, so that a slow minute slows both. Figures are medians, with the least and the most in
brackets.

**Polls.** The floor is the least any program does that looks at every record and forgets none: parse it, take its
SHA-256, insert its bytes into SQLite, 200 a transaction, with the same settings as the store's. Beside it, in records a
second, a *first look* (each record is read strictly, hashed, stored, understood, and its first event written) and an
*unchanged* poll (each record carries the day of a new data set and is otherwise the same); once with the registry's
pages handed over from memory, once over HTTP from another process.

**Comparison.** Two versions of a trial that really changed. DeepDiff compares the raw documents; ours compares the two
records made of them.

**Memory.** The peak of a process that polls copies of the records under numbers of their own.

**Storage.** Real records made older by the edits registries usually see, eight versions each, put into our store as
polls do, and into a git repository with a commit a round, packed by `git gc --aggressive`. Ours counts all documents
and dictionaries. Then one trial of a hundred versions, and a store of made-up records, asked at random.

**Start.** A command and nothing more, beside a Python that does nothing.
"""


def main(names: list[str]) -> int:
    if unknown := set(names) - PARTS.keys():
        print(f"No such part: {', '.join(sorted(unknown))}. There are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    lines: list[Line] = []
    for name in names or PARTS:
        print(f"Measuring {name} ...", flush=True)
        found = PARTS[name]()
        print(*(f"  {' | '.join(filter(None, line.cells()))}" for line in found), sep="\n", flush=True)
        lines += found
    if not names:
        kind = "real records" if is_real() else "records made by the benchmark, for want of real ones"
        day = datetime.now(UTC).date().isoformat()
        PAGE.write_text(page(TEXT, lines, day, f"{len(records()):,} {kind}"), encoding="utf-8")
        print(f"Wrote {PAGE.relative_to(Path.cwd()) if PAGE.is_relative_to(Path.cwd()) else PAGE}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
