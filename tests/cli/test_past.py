"""show, history, diff: a trial as it was, by what the registry said and by what we knew."""

from __future__ import annotations

from tests.cli.conftest import ONE, TWO
from tests.cli.program import Program


def test_as_of_a_day(lived: Program) -> None:
    def version(*words: str) -> int:
        found: int = lived.json("show", ONE, *words)["version"]
        return found

    assert [version("--as-of", day) for day in ("2026-01-15", "2026-08-14", "2026-08-16", "2027-01-01")] == [1, 1, 2, 3]
    assert version("--as-of", "2026-08-14", "--basis", "known") == 1
    assert version("--as-of", "2026-08-15T23:00Z") == 2 and version("--as-of", "1d") == 3
    assert version("--version", "2") == 2
    unknown = lived.error("show", ONE, "--as-of", "2026-08-13", "--basis", "known", code=4)
    assert "2026-08-13" in unknown[0], "the record was there, but we had not seen it"


def test_raw_is_the_registrys_own_document(lived: Program) -> None:
    raw = lived.run("show", ONE, "--raw", "--version", "1").json
    assert raw["protocolSection"]["statusModule"]["overallStatus"] == "RECRUITING"
    assert raw == lived.run("show", ONE, "--raw", "--version", "1", "-o", "table").json


def test_the_page_tells_what_a_person_asks(lived: Program) -> None:
    page = lived.run("show", ONE, "-o", "table").out
    for text in (f"A study called {ONE}", "version 3", "Completed", "74 participants", "submitted 2026-08-16"):
        assert text in page


def test_a_diff_of_one_version_has_nothing_to_compare(program: Program) -> None:
    program.run("watch", ONE)
    said, _ = program.error("diff", ONE, code=4)
    assert "only one version" in said and f"trialwatch show {ONE}" in said


def test_tables_fit(lived: Program) -> None:
    """Nothing is cut in silence: narrow terminals lose whole columns, and the first say what matters."""
    for width in (80, 100, 140):
        for words in (["list"], ["history", ONE], ["diff", TWO], ["results"], ["changes"]):
            seen = lived.run(*words, "-o", "table", COLUMNS=str(width)).out
            assert max(map(len, seen.splitlines())) <= width, (words, width)
    assert "Seen by us" in lived.run("history", ONE, "-o", "table", COLUMNS="140").out
    assert "Completed" in lived.run("history", ONE, "-o", "table", COLUMNS="80").out
