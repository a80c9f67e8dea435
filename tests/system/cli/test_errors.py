"""Each error: its exit code, one sentence with the next step in it on stderr, or an object on stdout."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.engine.sqlite_driver import sqlite3
from tests.support.program.program import Program
from tests.support.registry.embedded_registry import RegistryServer
from tests.system.cli.conftest import ONE, TWO


@pytest.mark.parametrize(
    ("words", "code", "kind", "says"),
    [
        (["frobnicate"], 2, "usage", "trialwatch --help"),
        (["watch"], 2, "usage", "trialwatch watch --help"),
        (["list", "--sort", "id;drop"], 2, "usage", "status"),
        (["changes", "--since", "someday"], 2, "usage", "7d"),
        (["changes", "--until", "0001-01-01T00:00+14:00"], 2, "usage", "2026-01-31"),
        (["changes", "--min-severity", "huge"], 2, "usage", "critical"),
        (["changes", "--limit", "0"], 2, "usage", "--help"),
        (["changes", "--after", "9" * 20], 2, "usage", "--after"),
        (["show", ONE, "--version", "9" * 20], 2, "usage", "--version"),
        (["show", ONE, "--version", "1", "--as-of", "2026-01-01"], 2, "usage", "--version"),
        (["show", ONE, "--basis", "hope"], 2, "usage", "known"),
        (["show", ONE, "--as-of", "2026-02-30"], 2, "usage", "2026-01-31"),
        (["show", ONE, "--version", "9"], 4, "unknown_trial", "trialwatch history"),
        (["show", ONE, "--as-of", "2020-01-01"], 4, "unknown_trial", "trialwatch history"),
        (["history", "NCT09999999"], 4, "unknown_trial", "trialwatch watch NCT09999999"),
        (["history", ONE, "--field", "colour"], 2, "usage", "trialwatch show"),
        (["diff", ONE, "3"], 2, "usage", "1..2"),
        (["diff", ONE, "2024-01"], 2, "usage", "1..2"),
        (["diff", ONE, "1", "2", "3"], 2, "usage", "1 2"),
        (["diff", ONE, "..", "2"], 2, "usage", "1 2"),
        (["diff", ONE, "1..2..3"], 2, "usage", "1 2"),
        (["changes", "--since", "2026-08-22"], 2, "usage", "in the future: it is 2026-08-20 15:00 UTC"),
        (["changes", "--since", "today", "--until", "yesterday"], 2, "usage", "give the earlier one as --since"),
        (["changes", "--since", "01/08/2026"], 2, "usage", "write 2026-08-01 or 2026-01-08"),
        (["results", "--posted-since", "2027"], 2, "usage", "--posted-since 2027 is in the future"),
        (["diff", ONE, "1..99"], 4, "unknown_trial", "version 99"),
        (["changes", "NCT09999999"], 4, "unknown_trial", "trialwatch watch"),
        (["results", "NCT09999999"], 4, "unknown_trial", "trialwatch watch"),
        (["poll", "NCT09999999"], 4, "unknown_trial", "not watched"),
        (["poll", "--accept", "77"], 4, "unknown_trial", "trialwatch status"),
        (["unwatch", "NCT09999999"], 4, "unknown_trial", "trialwatch list"),
        (["import", "/nowhere/at/all"], 2, "usage", "/nowhere/at/all"),
    ],
)
def test_errors(lived: Program, words: list[str], code: int, kind: str, says: str) -> None:
    text, error = lived.error(*words, code=code)
    assert says in text and error["kind"] == kind


@pytest.mark.fault("B30")
@pytest.mark.fault("C17")
@pytest.mark.parametrize(
    "hostile", ["", "   ", "NCT", "NCT../../x", "NCT0000000%", "' OR 1=1 --", "NCT00000000", "\x1b[2Jx", "N" * 100_000]
)
def test_no_id(lived: Program, hostile: str) -> None:
    """Faults B30, C17: refused by its form, by every command, in a short sentence."""
    for command in ("show", "watch", "changes", "poll", "unwatch"):
        run = lived.run(command, hostile, expect=2)
        assert "NCT05349331" in run.err and len(run.err) < 120 and "\x1b" not in run.err


def test_ids_in_any_case_with_blanks(lived: Program) -> None:
    for typed in ("nct00000001", "  NCT00000001\t", "Nct00000001"):
        assert lived.json("show", typed)["trial"] == ONE
    ids = lived.home / "ids.txt"
    ids.write_text("NCT00000009")
    lived.run("import", ids)
    text, _ = lived.error("history", "NCT00000009", code=4)
    assert "trialwatch poll" in text, "it is watched already"


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("[ctgov]\nurl = 'https://x.test'\npace = 1\n", "pace", "line 3"),
        ("\n[ctgov]\nrequests_per_second = 'fast'\n", "requests_per_second", "line 3"),
        ("[nonsense]\n", "nonsense", "line 1"),
        ("[ctgov\n", "trialwatch.toml", "line 1"),
    ],
)
def test_a_wrong_config_file_is_refused_by_file_key_and_line(program: Program, text: str, key: str, line: str) -> None:
    program.home.mkdir()
    (program.home / "trialwatch.toml").write_text(text)
    said, error = program.error("list", code=2, TRIALWATCH_REQUESTS_PER_SECOND="")
    assert "trialwatch.toml" in said and key in said and line in said
    assert error["kind"] == "settings"


def test_settings_from_the_environment_are_refused_by_name(program: Program) -> None:
    for name, value in (
        ("TRIALWATCH_REQUESTS_PER_SECOND", "many"),
        ("TRIALWATCH_CTGOV_URL", "ftp://x"),
        ("TRIALWATCH_CONFIG", "/nowhere/x.toml"),
        ("TRIALWATCH_DATABASE_URL", "mysql://x"),
    ):
        said, _ = program.error("list", code=2, **{name: value})
        assert any(word in said for word in (name, value, "database_url", "ctgov.url")), said
    program.clock.write_text("tomorrow")
    assert "test clock" in program.error("list", code=2)[0]


def test_a_file_that_is_no_database(program: Program, tmp_path: Path) -> None:
    program.home.mkdir()
    (program.home / "trialwatch.db").write_bytes(b"My diary, volume one. " * 300)
    said, error = program.error("list", code=1)
    assert "not a database" in said and "TRIALWATCH_HOME" in said and error["kind"] == "storage_damaged"
    assert (program.home / "trialwatch.db").read_bytes().startswith(b"My diary")
    (tmp_path / "file").write_text("")
    said, _ = program.error("list", code=1, TRIALWATCH_DATABASE_URL=f"sqlite:///{tmp_path}/file/x.db")
    assert "Set TRIALWATCH_HOME to a folder" in said and "TRIALWATCH_DATABASE_URL" in said


def test_a_file_that_is_no_backup_is_not_called_a_store(program: Program, tmp_path: Path) -> None:
    diary = tmp_path / "diary.txt"
    diary.write_bytes(b"My diary, volume one. " * 300)
    said, _ = program.error("restore", str(diary), code=1)
    assert said == f"{diary}: file is not a database; name a file that trialwatch backup has written.\n"


@pytest.mark.fault("F21")
def test_a_newer_store_is_refused_untouched(lived: Program) -> None:
    with sqlite3.connect(lived.home / "trialwatch.db") as store:
        store.execute("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    before = (lived.home / "trialwatch.db").read_bytes()
    said, error = lived.error("poll", code=1)
    assert "newer" in said and error["kind"] == "storage_newer_schema"
    assert (lived.home / "trialwatch.db").read_bytes() == before


def test_verify_names_a_flipped_byte(lived: Program) -> None:
    assert lived.run("verify", "-o", "table").out == ""
    with sqlite3.connect(lived.home / "trialwatch.db") as store:
        store.execute("UPDATE event SET summary = 'All is well' WHERE seq = 4")
    store.close()
    faults = lived.json("verify", expect=1)["faults"]
    assert faults[0].keys() == {"table", "row", "reason"} and "4" in faults[0]["row"]
    assert "event" in lived.run("verify", "-o", "table", expect=1).out


def test_doctor(program: Program, registry: RegistryServer) -> None:
    well = {row["check"]: row["ok"] for row in program.json("doctor")["checks"]}
    assert well | {"store": True, "registry": True, "contact": None} == well
    registry.stop()
    ill = {row["check"]: row for row in program.run("doctor", expect=1).lines}
    assert ill["registry"]["ok"] is False and "127.0.0.1" in ill["registry"]["detail"] and ill["store"]["ok"]


def test_some_ids_unknown(lived: Program) -> None:
    """Exit code 3, the rest is done, and stderr names them."""
    for words in (["results", ONE], ["changes", TWO]):
        run = lived.run(*words, "NCT09999999", expect=3)
        assert run.out and "NCT09999999" in run.err
    run = lived.run("unwatch", ONE, "NCT09999999", expect=3)
    assert [row["trial"] for row in run.lines] == [ONE] and "NCT09999999" in run.err
