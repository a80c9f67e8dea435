"""The list of faults against the tests: each row names tests that exist, and each code of a test has its row."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import pytest

from tests.support.paths import ROOT

PAGE = ROOT / "docs/faults.md"
HEAD = ["Code", "What goes wrong", "What is expected", "Test"]
CODE = re.compile(r"([A-H]|R-[A-Z]+)([0-9]+)")
MOST_TESTS = 3


class Row(NamedTuple):
    """One row of a table: the letter of its section, its code, and the tests it names as `path::function`."""

    section: str
    code: str
    tests: tuple[str, ...]


def is_marker(called: ast.expr) -> bool:
    return isinstance(called, ast.Attribute) and called.attr == "fault" and ast.unparse(called) == "pytest.mark.fault"


@dataclass
class Suite:
    """The test functions as `path::function`, and where each code stands as a marker."""

    functions: set[str] = field(default_factory=set)
    marked: dict[str, list[str]] = field(default_factory=dict)

    def read(self, path: str, source: str) -> None:
        """Add the tests of one file. A marker may stand at a function, a class, a module or a parameter."""
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_"):
                place = f"{path}::{node.name}"
                self.functions.add(place)
            elif isinstance(node, ast.Call) and is_marker(node.func):
                code = str(ast.literal_eval(node.args[0]))
                self.marked.setdefault(code, []).append(f"{path}:{node.lineno}")


@cache
def suite_of_the_project() -> Suite:
    tests = Suite()
    for path in sorted((ROOT / "tests").rglob("*.py")):
        tests.read(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    return tests


def lines_of_tables(page: str) -> Iterator[tuple[str, list[str]]]:
    """The letter of the section and the cells of each line of a table, heads included."""
    section = ""
    for line in page.splitlines():
        if found := re.match(r"## ([A-Z]): ", line):
            section = found[1]
        if line.startswith("|"):
            yield section, [cell.strip() for cell in line.strip("|").split("|")]


def rows(page: str) -> list[Row]:
    """The rows of all tables, without the heads and the lines below them."""
    return [
        Row(section, cells[0], tuple(re.findall(r"`([^`]+)`", cells[-1])))
        for section, cells in lines_of_tables(page)
        if cells != HEAD and set("".join(cells)) != {"-"}
    ]


def place_in_order(code: str) -> tuple[str, int]:
    found = CODE.fullmatch(code)
    return (found[1], int(found[2])) if found else (code, 0)


def wrong_tables(page: str, _: Suite) -> list[str]:
    """Rows that do not have four filled cells, and codes that do not belong to their section."""
    tables = lines_of_tables(page)
    broken = [f"{cells[0]}: a cell is empty or missing" for _, cells in tables if len(cells) != 4 or not all(cells)]
    strange = [row for row in rows(page) if not CODE.fullmatch(row.code) or row.code[0] != row.section]
    return broken + [f"{row.code}: not a code of section {row.section}" for row in strange]


def wrong_order(page: str, _: Suite) -> list[str]:
    """Codes that come twice, or before a smaller one of their table."""
    found = rows(page)
    twice = [
        f"{code}: listed {number} times" for code, number in Counter(it.code for it in found).items() if number > 1
    ]
    return twice + [
        f"{after.code}: comes after {before.code}"
        for before, after in pairwise(found)
        if before.section == after.section and place_in_order(after.code) < place_in_order(before.code)
    ]


def wrong_names(page: str, tests: Suite) -> list[str]:
    """Rows that name no test, too many, or one that does not exist."""
    found = rows(page)
    missing = [f"{row.code}: no test {name}" for row in found for name in row.tests if name not in tests.functions]
    return missing + [
        f"{row.code}: names {len(row.tests)} tests" for row in found if not 1 <= len(row.tests) <= MOST_TESTS
    ]


def markers_without_row(page: str, tests: Suite) -> list[str]:
    listed = {row.code for row in rows(page)}
    return [
        f"{code}: no row, but marked at {', '.join(tests.marked[code])}"
        for code in sorted(tests.marked.keys() - listed)
    ]


def rows_without_marker(page: str, tests: Suite) -> list[str]:
    return [f"{row.code}: no test is marked with it" for row in rows(page) if row.code not in tests.marked]


Check = Callable[[str, Suite], list[str]]
CHECKS: list[Check] = [
    wrong_tables,
    wrong_order,
    wrong_names,
    markers_without_row,
    rows_without_marker,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda it: it.__name__)
def test_the_list_of_faults_agrees_with_the_tests(check: Check) -> None:
    complaints = check(PAGE.read_text(encoding="utf-8"), suite_of_the_project())
    assert not complaints, "\n".join([f"mend {PAGE.relative_to(ROOT)}:", *complaints])


def test_the_page_and_the_tests_are_read() -> None:
    found = suite_of_the_project()
    assert f"tests/unit/project/test_faults.py::{test_the_page_and_the_tests_are_read.__name__}" in found.functions
    assert len(rows(PAGE.read_text(encoding="utf-8"))) > 100
    assert {"A13", "F04", "G3", "R-A1"} <= found.marked.keys()


SOURCE = """
import pytest
pytestmark = pytest.mark.fault("R-A1")

@pytest.mark.fault("A02")
@pytest.mark.fault("G3")
def test_cut_short(): ...
@pytest.mark.fault("A10")
async def test_a_wait(): ...
def test_b1e_is_no_code(): ...
def helper(): ...

@pytest.mark.fault("R-A2")
@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.fault("B07")), "pytest.mark.fault('C01')"])
def test_by_marker(x): ...

class TestMore:
    def test_in_a_class(self): ...
"""
SMALL = """# Faults
## A: Reaching
| Code | What goes wrong | What is expected | Test |
| --- | --- | --- | --- |
| A02 | It is cut. | It is refused. | `tests/x.py::test_cut_short` |
| A10 | It waits. | So do we. | `tests/x.py::test_a_wait`, `tests/x.py::test_in_a_class` |

## B: Saying
| Code | What goes wrong | What is expected | Test |
| --- | --- | --- | --- |
| B07 | It lies. | It is held. | `tests/x.py::test_by_marker` |

## G: Over time
| Code | What goes wrong | What is expected | Test |
| --- | --- | --- | --- |
| G3 | It is cut. | It is refused. | `tests/x.py::test_cut_short` |

## R: Reports
| Code | What goes wrong | What is expected | Test |
| --- | --- | --- | --- |
| R-A1 | One. | Two. | `tests/x.py::test_by_marker` |
| R-A2 | One. | Two. | `tests/x.py::test_by_marker` |
"""


def row_of(code: str) -> str:
    [line] = [line for line in SMALL.splitlines(keepends=True) if line.startswith(f"| {code} ")]
    return line


ONE_MORE = "| R-A11 | One. | Two. | `tests/x.py::test_by_marker` |\n"
TWO_MORE = "`tests/x.py::test_by_marker`, " * 2
SPOILED: dict[str, tuple[Check, str, str, str]] = {
    "a cell is empty": (wrong_tables, "It lies.", "", "B07: a cell is empty or missing"),
    "a cell is missing": (wrong_tables, "| It lies. ", "", "B07: a cell is empty or missing"),
    "a code of another section": (wrong_tables, "| B07", "| C07", "C07: not a code of section B"),
    "no code": (wrong_tables, "| B07", "| Bx", "Bx: not a code of section B"),
    "a code twice": (wrong_order, row_of("B07"), row_of("B07") * 2, "B07: listed 2 times"),
    "a code in two tables": (wrong_order, row_of("B07"), row_of("A02") + row_of("B07"), "A02: listed 2 times"),
    "the order": (wrong_order, row_of("A02"), row_of("A02").replace("A02 ", "A11 "), "A10: comes after A11"),
    "the order of reports": (wrong_order, row_of("R-A2"), ONE_MORE + row_of("R-A2"), "R-A2: comes after R-A11"),
    "no such function": (wrong_names, "::test_a_wait", "::test_wait", "A10: no test tests/x.py::test_wait"),
    "no such file": (wrong_names, "x.py::test_in", "y.py::test_in", "A10: no test tests/y.py::test_in_a_class"),
    "no test": (wrong_names, "`tests/x.py::test_a_wait`, `tests/x.py::test_in_a_class`", "-", "A10: names 0 tests"),
    "a helper": (wrong_names, "::test_in_a_class", "::helper", "A10: no test tests/x.py::helper"),
    "four tests": (wrong_names, "`tests/x.py::test_in", f"{TWO_MORE}`tests/x.py::test_in", "A10: names 4 tests"),
    "a marker of the module": (markers_without_row, row_of("R-A1"), "", "R-A1: no row, but marked at tests/x.py:3"),
    "a marker of a function": (markers_without_row, row_of("R-A2"), "", "R-A2: no row, but marked at tests/x.py:13"),
    "a marker of a parameter": (markers_without_row, row_of("B07"), "", "B07: no row, but marked at tests/x.py:14"),
    "a report without a marker": (rows_without_marker, row_of("R-A2"), row_of("R-A2") + ONE_MORE,
                                  "R-A11: no test is marked with it"),
}  # fmt: skip


@pytest.mark.parametrize(("check", "old", "new", "said"), SPOILED.values(), ids=SPOILED)
def test_a_spoiled_page_fails_its_check(check: Check, old: str, new: str, said: str) -> None:
    tests = Suite()
    tests.read("tests/x.py", SOURCE)
    assert [complaint for every in CHECKS for complaint in every(SMALL, tests)] == []
    assert old in SMALL
    assert check(SMALL.replace(old, new, 1), tests) == [said]


def test_each_check_is_seen_to_fail() -> None:
    assert {check for check, *_ in SPOILED.values()} == set(CHECKS)
