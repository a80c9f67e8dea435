"""A mistyped command, option or name is refused with exit code 2, and with what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.program.program import Program
from tests.support.registry.embedded_registry import RegistryServer
from tests.system.cli.conftest import ONE

CHANNEL = """
[[channel]]
name = "team"
type = "webhook"
url = "https://hooks.example.org/x"
secret_env = "TEAM_SECRET"
"""


@pytest.mark.fault("R-F10")
@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["reslts"], "No such command 'reslts'. Did you mean: results? See: trialwatch --help"),
        (["Watch", ONE], "No such command 'Watch'. Did you mean: watch?"),
        (["outbox"], "No such command 'outbox'. Did you mean: alerts outbox?"),
        (["alerts", "chekc"], "No such command 'chekc'. Did you mean: check? See: trialwatch alerts --help"),
        (["help", "reslts"], "No such command 'reslts'. Did you mean: results?"),
        (["help", "alerts", "tset"], "No such command 'alerts tset'. Did you mean: alerts test?"),
        (["list", "--srot", "trial"], "No such option: --srot. Did you mean: --sort? See: trialwatch list --help"),
        (["serve", "--host"], "Option '--host' requires an argument. See: trialwatch serve --help"),
        (
            ["alerts", "outbox", "--limit"],
            "requires an argument. See: trialwatch alerts outbox --help",
        ),
        (["demo", "--port", "0"], "--port goes with --serve; add it"),
        (["export", "changes", "--force", "--to", "-"], "--force goes with --to FILE; add it"),
        (["list", "--csv"], "No such option: --csv. Did you mean: -o csv?"),
        (["list", "--sort", "stauts"], "not 'stauts'. Did you mean: status?"),
        (["list", "--tag", "livr"], "No watched trial has the tag 'livr'. Did you mean: liver?"),
        (["changes", "--tag", "Liver"], "No watched trial has the tag 'Liver'. Did you mean: liver?"),
        (["results", "--tag", "lung"], "No watched trial has the tag 'lung'. See all: trialwatch list"),
        (["results", "--by", "sponsors"], "--by is one of sponsor, not 'sponsors'. Did you mean: sponsor?"),
        (["changes", "--kind", "results"], "names no kind of change: 'results'; did you mean results.*?"),
        (["changes", "--kind", "results.postd"], "did you mean results.posted?"),
        (["changes", "--kind", "status.changed", "--kind", "Duty"], "'Duty'; did you mean duty.*?"),
        (["changes", "--min-severity", "mayor"], "not 'mayor'. Did you mean: major?"),
        (["show", ONE, "--as-of", "today", "--basis", "knwon"], "Did you mean: known?"),
        (["history", ONE, "--field", "enrolment.count"], "Did you mean: enrollment.count?"),
        (["unwatch", "--cohort", f"lke:{ONE}"], f"There is no cohort lke:{ONE}."),
        (["similar", ONE, "--stored", "--status", "recruting"], "Did you mean: RECRUITING?"),
        (["alerts", "outbox", "--state", "ded"], "not 'ded'. Did you mean: dead?"),
        (["alerts", "outbox", "--channel", "teem"], "There is no channel 'teem'. Did you mean: team?"),
        (["alerts", "retry", "--channel", "tem"], "There is no channel 'tem'. Did you mean: team?"),
        (["alerts", "test", "taem"], "There is no channel 'taem'. Did you mean: team?"),
        (["alerts", "mute", "Team"], "There is no channel 'Team'. Did you mean: team?"),
    ],
)
def test_a_mistyped_name_is_refused_with_what_was_meant(lived: Program, words: list[str], meant: str) -> None:
    (lived.home / "trialwatch.toml").write_text(CHANNEL)
    run = lived.run(*words, expect=2, TEAM_SECRET="whsec_" + "A" * 32)
    assert meant in run.err and run.out == "" and run.err.count("\n") == 1


def test_a_mistyped_format_is_refused_with_what_was_meant(lived: Program) -> None:
    said = "-o is one of table, json, jsonl, csv, not 'tabel'. Did you mean: table?\n"
    assert lived.run("list", "-o", "tabel", expect=2).err == said
    assert lived.run("alerts", "outbox", "--output=tabel", expect=2).err == said


def test_a_tag_of_a_store_without_trials_says_that_nothing_is_watched(program: Program) -> None:
    for command in ("list", "results", "changes"):
        said, error = program.error(command, "--tag", "x", code=2)
        assert said.startswith("No trial is watched yet, so none has the tag 'x'. Try: trialwatch watch NCT05349331")
        assert error["subject"] == "x"


def test_a_tag_is_known_without_watched_trials(program: Program, registry: RegistryServer) -> None:
    """A trial that is no longer watched keeps its tags, and a saved query has them before it finds anything."""
    program.run("watch", ONE, "--tag", "old")
    program.run("watch", "NCT00000002", "--tag", "kept")
    program.run("unwatch", ONE)
    assert program.json("list", "--tag", "old") == {"trials": []}
    assert [row["trial"] for row in program.json("changes", "--tag", "old")["changes"]] == [ONE]
    program.run("watch", "--query", "cond=nothing here", "--keep-empty", "--tag", "later", expect=None)
    assert program.json("list", "--tag", "later") == {"trials": []}
    program.run("list", "--tag", "latr", expect=2)


def test_messages_of_a_channel_that_is_no_longer_in_the_file_are_found(lived: Program, tmp_path: Path) -> None:
    (lived.home / "trialwatch.toml").write_text(CHANNEL)
    assert lived.json("alerts", "outbox", "--channel", "team") == {"messages": []}
    (lived.home / "trialwatch.toml").write_text("")
    assert "There is no channel 'team'." in lived.run("alerts", "outbox", "--channel", "team", expect=2).err


def test_json_is_the_short_form_of_the_format(lived: Program) -> None:
    whole = lived.run("list", "-o", "json").out
    assert lived.run("list", "--json").out == lived.run("list", "--json", "-o", "json").out == whole
    assert '"error"' in lived.run("history", "NCT09999999", "--json", expect=4).out
    assert "give one of them" in lived.run("list", "--json", "-o", "csv", expect=2).out


def test_the_environment_gives_the_default_of_the_format(lived: Program) -> None:
    formats = {form: lived.run("list", "-o", form).out for form in ("table", "json", "jsonl", "csv")}
    assert len(set(formats.values())) == 4
    for form, out in formats.items():
        assert lived.run("list", TRIALWATCH_OUTPUT=form).out == out
        assert lived.run("list", "--json", TRIALWATCH_OUTPUT=form).out == formats["json"]
        assert lived.run("list", "-o", "csv", TRIALWATCH_OUTPUT=form).out == formats["csv"]
    said = "TRIALWATCH_OUTPUT is one of table, json, jsonl, csv, not 'tabel'. Did you mean: table?\n"
    assert lived.run("list", expect=2, TRIALWATCH_OUTPUT="tabel").err == said
    assert '"unknown_trial"' in lived.run("history", "NCT09999999", expect=4, TRIALWATCH_OUTPUT="json").out
    assert lived.run("history", "NCT09999999", "-o", "csv", expect=4, TRIALWATCH_OUTPUT="json").out == ""


def test_help_and_version_are_commands_and_short_options_too(program: Program) -> None:
    for words in ("watch", "alerts test", "alerts"):
        whole = program.run(*words.split(), "--help").out
        assert whole.startswith(f"Usage: trialwatch {words} ")
        assert program.run("help", *words.split()).out == program.run(*words.split(), "-h").out == whole
    assert program.run("help").out == program.run("-h").out == program.run("--help").out
    assert program.run("version").out == program.run("-V").out == program.run("--version").out
    assert not program.home.exists()


def test_a_mistyped_variable_is_named_since_another_store_is_used(program: Program) -> None:
    said = "Warning: TRIALWATCH_HOEM has no effect; did you mean TRIALWATCH_HOME?\n"
    assert program.run("list", TRIALWATCH_HOEM="/x").err.startswith(said)
    said = "Warning: TRIALWATCH_CTGOVURL has no effect; did you mean TRIALWATCH_CTGOV_URL?\n"
    assert program.run("list", TRIALWATCH_CTGOVURL="x").err.startswith(said)


def test_a_variable_of_ones_own_is_not_warned_of(program: Program) -> None:
    program.home.mkdir()
    secret = 'name = "team"\ntype = "webhook"\nurl = "https://x.example.org"\nsecret_env = "TRIALWATCH_HOMEX"\n'
    (program.home / "trialwatch.toml").write_text(f"[[channel]]\n{secret}")
    names = {"TRIALWATCH_HOMEX": "whsec_" + "A" * 32, "TRIALWATCH_SMTP_PASSWORD": "x", "TRIALWATCHER": "1"}
    assert "Warning" not in program.run("list", **names).err
