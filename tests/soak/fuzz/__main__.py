"""`make fuzz`: search for new counterexamples of every law, for some seconds (default 600), and print each to paste.

    python -m tests.soak.fuzz [SECONDS]

A quarter of the time goes to whole records through the program, an eighth to mutants of records in memory, a quarter to
the readers of pages, the rest to the laws and state machines. Each round has seeds of its own, an order of tests of its
own, and prints them: with the same seed a round is the same. Ends with 1 when anything was found. A counterexample goes
above its law, as `@example(...)`; one of a state machine or of a mutant becomes a test of its own.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time

from tests.support.paths import ROOT

_CASE = re.compile(r"^(?:E\s{0,7})?(?:Falsifying example|Failing test case): (\w+)\($", re.MULTILINE)
_LEAST = 5.0
"""Seconds below which no further round is begun."""


def law_files() -> list[str]:
    """The test files with laws or state machines in them."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return [
        path.relative_to(ROOT).as_posix()
        for path in files
        if re.search(r"^@given|RuleBasedStateMachine", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]


def examples_in(output: str) -> list[str]:
    """Each counterexample that pytest printed, as a line to paste above its law."""
    found = []
    for case in _CASE.finditer(output):
        lines = []
        for line in output[case.end() :].splitlines()[1:]:
            bare = re.sub(r"^E {0,7}", "", line)
            if bare.startswith(")"):
                break
            lines.append(bare.strip())
        values = re.sub(r"\bRandom\(", "random.Random(", " ".join(lines).rstrip(","))
        found.append(f"# {case[1]}\n@example({values})")
    return list(dict.fromkeys(found))


def laws(until: float) -> int:
    """The files one by one, in an order of their own, again and again. Returns how many of these runs failed."""
    failed = 0
    environment = {**os.environ, "HYPOTHESIS_PROFILE": "fuzz"}
    waiting: list[str] = []
    while (left := until - time.monotonic()) > _LEAST:
        seed = random.SystemRandom().getrandbits(32)
        waiting = waiting or random.Random(seed).sample(law_files(), len(law_files()))
        file = waiting.pop()
        words = ["-q", "--tb=short", f"--hypothesis-seed={seed}", f"--randomly-seed={seed}", file]
        command = [sys.executable, "-m", "pytest", *words]
        print(" ".join(["HYPOTHESIS_PROFILE=fuzz", *command[1:]]), flush=True)
        try:
            run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=left)
        except subprocess.TimeoutExpired:
            break
        if run.returncode:
            failed += 1
            print(run.stdout[-6000:], *examples_in(run.stdout), sep="\n", flush=True)
    return failed


def mutations(until: float) -> int:
    """Mutants of our own records and of real ones where there are any. Returns how many escaped."""
    from tests.soak.fuzz.mutations import own_records, real_records  # noqa: PLC0415  (not before the laws have run)
    from tests.soak.fuzz.test_mutations import escaped  # noqa: PLC0415

    found: dict[str, None] = {}
    while time.monotonic() < until:
        seed = random.SystemRandom().getrandbits(32)
        for sentence in escaped([*own_records(), *real_records(20, seed)], 200, seed)[0]:
            found[f"seed {seed}: {sentence}"] = None
    print(*found, f"mutants: {len(found)} escaped", sep="\n", flush=True)
    return len(found)


def whole_records(seconds: int) -> int:
    """Spoiled records through the real program. Returns whether anything was found."""
    run = subprocess.run([sys.executable, "-m", "tests.soak.fuzz.whole_records", str(seconds)], cwd=ROOT, check=False)
    return int(run.returncode != 0)


def pages(seconds: int) -> int:
    """The readers of pages, with atheris where it installs; else their own laws, which `laws` runs too."""
    run = subprocess.run([sys.executable, "-m", "tests.soak.fuzz.pages", str(seconds)], cwd=ROOT, check=False)
    if run.returncode == 0 or run.returncode != NO_ATHERIS:
        return int(run.returncode != 0)
    words = ["-q", "tests/unit/registries/page/test_fuzz.py"]
    environment = {**os.environ, "HYPOTHESIS_PROFILE": "fuzz"}
    return subprocess.run([sys.executable, "-m", "pytest", *words], cwd=ROOT, env=environment, check=False).returncode


NO_ATHERIS = 3
"""Exit code of `tests.soak.fuzz.pages` where atheris is not installed."""


def main(seconds: int) -> int:
    start = time.monotonic()
    failed = mutations(start + seconds / 8)
    failed += whole_records(round(seconds / 4))
    failed += laws(start + seconds * 3 / 4)
    failed += pages(max(1, round(start + seconds - time.monotonic())))
    print("Nothing new was found." if not failed else "Something was found: see above.")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 600))
