"""`python -m bench.similar PART...`: quality, chosen, agreement, cost; or pool SEED; or frequencies."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from bench.similar import TEXT, run
from bench.similar.corpus import is_here, new_shelf
from bench.similar.frequencies import write
from bench.similar.pools import sheet
from bench.table import section

__all__ = ["main"]


def main(words: list[str]) -> int:
    if not is_here():
        print("The judgments and records (../shared/data) are not here, so nothing can be measured.")
        return 1
    if words == ["frequencies"]:
        print(write())
    elif len(words) == 2 and words[0] == "pool":
        print("\n".join(sheet(new_shelf(), words[1])))
    else:
        lines = run(words or ("quality", "agreement", "cost"))
        print(section(TEXT, lines, "real records", f"{datetime.now(UTC):%Y-%m-%d}"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
