"""The rules of the code: small functions, small modules, a sentence at the top of each file, one reader of time."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.paths import ROOT

CLOCK = "schedules/clock.py"
MOST_LINES = {"function": 60, "module": 400}
USUAL_FUNCTION, USUAL_SHARE = 45, 0.95
TIMES = {
    ("time", name)
    for name in "time time_ns sleep monotonic monotonic_ns perf_counter perf_counter_ns localtime gmtime".split()
} | {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}
RANDOM = "random"


@cache
def modules() -> dict[str, ast.Module]:
    """Every file of the three packages, parsed, by its path from the root."""
    found = (path for package in ("tracker", "storage", "schedules") for path in sorted((ROOT / package).rglob("*.py")))
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in found}


def functions() -> Iterator[tuple[str, int]]:
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                assert node.end_lineno is not None
                yield f"{path}: {node.name}", node.end_lineno - node.lineno + 1


def test_the_three_packages_are_read() -> None:
    assert {path.split("/")[0] for path in modules()} == {"tracker", "storage", "schedules"}
    assert CLOCK in modules()


def test_no_function_is_long_and_nearly_all_are_short() -> None:
    lengths = dict(functions())
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES["function"]} == {}
    short = sum(lines < USUAL_FUNCTION for lines in lengths.values())
    assert short / len(lengths) >= USUAL_SHARE


def test_no_module_is_long() -> None:
    lengths = {path: len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES["module"]} == {}


def test_every_module_says_what_it_is_for() -> None:
    assert [path for path, tree in modules().items() if not ast.get_docstring(tree)] == []


def looks_at_time(tree: ast.Module) -> set[str]:
    """The readings of time in a file: calls such as `time.time()`, under any name the module was imported by."""
    names: dict[str, str] = {}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name: alias.name for alias in node.names}
            found |= {f"{node.module}.{it.name}" for it in node.names if (node.module, it.name) in TIMES}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = node.value
            owned_by = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            if (names.get(owned_by, owned_by), node.attr) in TIMES:
                found.add(f"{owned_by}.{node.attr}")
    return found


@pytest.mark.parametrize(
    "source",
    [
        "import time\ntime.sleep(1)",
        "import time as t\nt.monotonic()",
        "from time import perf_counter",
        "from datetime import datetime as when\nwhen.now()",
        "import datetime\ndatetime.date.today()",
        "import datetime as dt\nwaiting = dt.datetime.utcnow",
    ],
)
def test_a_reading_of_time_is_seen_however_it_is_written(source: str) -> None:
    assert looks_at_time(ast.parse(source))


def test_one_file_reads_time() -> None:
    assert looks_at_time(modules()[CLOCK])
    assert {path: found for path, tree in modules().items() if path != CLOCK and (found := looks_at_time(tree))} == {}


def test_one_file_draws_chance() -> None:
    drawing = {
        path
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        if any(alias.name == RANDOM for alias in node.names)
    }
    assert drawing == {CLOCK}


def test_packages_import_each_other_only_as_the_contracts_say() -> None:
    tool = shutil.which("lint-imports", path=str(Path(sys.executable).parent)) or shutil.which("lint-imports")
    if tool is None:
        pytest.skip("import-linter is not installed here (dependency group 'check')")
    done = subprocess.run([tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
