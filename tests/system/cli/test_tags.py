"""tag and untag: the last word is the tag, and what rules and sets do with it is said."""

from __future__ import annotations

from contextlib import closing

import pytest

from storage.engine.database import Database
from storage.watching import watches
from tests.support.program.program import Program
from tests.support.registry.embedded_registry import RegistryServer
from tests.system.cli.conftest import ONE, THREE, TWO

RULE = """
[[channel]]
name = "team"
type = "webhook"
url = "https://hooks.example.org/x"
secret_env = "TEAM_SECRET"

[[rule]]
name = "ours"
on = ["results.*"]
trials = ["{trial}", "tag:hcc"]
send = ["team"]
"""
SECRET = {"TEAM_SECRET": "whsec_" + "A" * 32}


def tags(program: Program) -> dict[str, list[str]]:
    return {row["trial"]: row["tags"] for row in program.run("list").lines}


def test_a_tag_is_put_on_and_taken_off(lived: Program) -> None:
    found = lived.json("tag", ONE, TWO.lower(), "hcc")
    assert found["tag"] == "hcc"
    assert [(row["trial"], row["tags"], row["changed"]) for row in found["trials"]] == [
        (ONE, ["hcc", "liver"], True),
        (TWO, ["hcc", "liver"], True),
    ]
    again = lived.json("tag", f"{ONE},{THREE}", " hcc ")
    assert [row["changed"] for row in again["trials"]] == [False, True]
    assert tags(lived) == {trial: ["hcc", "liver"] for trial in (ONE, TWO, THREE)}
    off = lived.run("untag", ONE, "hcc", "-o", "json")
    assert (off.json["trials"][0]["tags"], off.err) == (["liver"], "")
    assert tags(lived) == {ONE: ["liver"], TWO: ["hcc", "liver"], THREE: ["hcc", "liver"]}
    assert [row["trial"] for row in lived.run("list", "--tag", "hcc").lines] == [TWO, THREE]
    assert lived.run("tag", ONE, "x", "-o", "csv").cells[0]["tags"] == '["liver","x"]'


def test_a_table_shows_the_tags_now_and_says_what_was_done(lived: Program) -> None:
    lived.run("tag", ONE, "two words")
    run = lived.run("tag", ONE, TWO, "two words", "-o", "table", COLUMNS="80")
    assert "liver, two words" in run.out
    assert "1 trial tagged two words. To see all with this tag: trialwatch list --tag 'two words'\n" in run.err
    assert f"Tagged two words before: {ONE}\n" in run.err
    off = lived.run("untag", ONE, TWO, "liver", "-o", "table")
    assert "Tag liver taken off 2 trials.\n" in off.err


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["tag", ONE], f"The last word is the tag, and ids come before it: trialwatch tag {ONE} TAG"),
        (["tag", "hcc"], "ids come before it: trialwatch tag NCT05349331 hcc"),
        (["tag", ONE, TWO], f"trialwatch tag {ONE} {TWO} TAG"),
        (["untag", "NCT", "00000001"], f"trialwatch untag {ONE} TAG"),
        (["tag", "hcc", ONE], f"The tag comes last: trialwatch tag {ONE} hcc"),
        (["untag", "hcc", TWO, ONE], f"The tag comes last: trialwatch untag {TWO} {ONE} hcc"),
        (["tag", ONE, "hcc", "liver"], "Only the last word is the tag, and 'hcc' before it is not an id."),
        (["tag", "NCT123", "hcc"], "'NCT123' has 3 digits"),
        (["tag", "", "hcc"], "is not an NCT number"),
        (["tag", ONE, ""], "The last word is the tag"),
        (["tag", ONE, "tag:hcc"], "here write 'hcc'"),
        (["tag", ONE, "hcc,liver"], "has a comma, and a tag has none"),
        (["tag", ONE, f"like:{TWO}"], "only the set gives that tag"),
        (["tag", ONE, "bold\x1b[1m"], "has characters that cannot be seen"),
        (["tag", ONE, "x" * 101], "The tag has 101 characters, and 100 are the most"),
        (["watch", ONE, "--tag", TWO], f"'{TWO}' looks like the id of a trial and cannot be a tag"),
        (["import", "ids.txt", "--tag", "2011-005852-33"], "looks like the id of a trial"),
        (["watch", ONE, "--tag", " "], "The tag is empty"),
        (["untag", ONE, "livr"], f"{ONE} does not have the tag 'livr'. Did you mean: liver? Its tags: liver."),
        (["untag", ONE, TWO, "hcc"], "None of these has the tag 'hcc'. Their tags: liver."),
    ],
)
def test_what_is_not_meant_so_is_refused_with_what_to_write(lived: Program, words: list[str], meant: str) -> None:
    before = tags(lived)
    run = lived.run(*words, expect=2)
    assert meant in run.err and run.out == "" and run.err.count("\n") == 1
    assert tags(lived) == before


def test_a_tag_of_an_older_version_that_looks_like_an_id_can_be_taken_off(lived: Program) -> None:
    with closing(Database.open(f"sqlite:///{lived.home / 'trialwatch.db'}")) as store, store.write() as session:
        watches.add_tag(session, [ONE], "NCT00000009 old")
    assert lived.json("untag", ONE, "NCT00000009 old")["trials"][0]["tags"] == ["liver"]


def test_an_unknown_trial_is_named_and_the_others_are_tagged(lived: Program) -> None:
    run = lived.run("tag", ONE, "NCT09999999", "hcc", expect=3)
    assert [row["trial"] for row in run.lines] == [ONE] and "Nothing is stored about NCT09999999" in run.err
    assert tags(lived)[ONE] == ["hcc", "liver"]
    said, _ = lived.error("untag", "NCT09999999", "hcc", code=4)
    assert "trialwatch watch NCT09999999" in said


def test_a_trial_that_is_not_watched_can_be_tagged(lived: Program) -> None:
    lived.run("unwatch", ONE)
    run = lived.run("tag", ONE, "hcc", "-o", "table")
    assert f"Not watched: {ONE}." in run.err and f"trialwatch watch {ONE}" in run.err
    assert lived.json("untag", ONE, "hcc")["trials"][0]["tags"] == ["liver"]


def test_a_trial_that_was_never_read_can_be_tagged(program: Program) -> None:
    program.run("watch", ONE, "--no-backfill", expect=3, TRIALWATCH_CTGOV_URL="http://127.0.0.1:9")
    assert program.json("tag", ONE, "hcc")["trials"][0]["title"] is None
    assert tags(program) == {ONE: ["hcc"]}


def test_what_a_rule_makes_of_it_is_said(lived: Program) -> None:
    (lived.home / "trialwatch.toml").write_text(RULE.format(trial=ONE))
    on = lived.run("tag", ONE, TWO, "hcc", "-o", "table", **SECRET)
    assert f"The rule 'ours' now tells of {TWO}, because it names the tag.\n" in on.err
    off = lived.run("untag", ONE, TWO, "hcc", **SECRET)
    assert off.err == f"The rule 'ours' names the tag and no longer tells of {TWO}.\n", "it names the other by its id"
    lived.run("unwatch", TWO)
    assert "The rule" not in lived.run("tag", TWO, "hcc", "-o", "table", **SECRET).err


def test_what_a_set_makes_of_it_is_said(program: Program, registry: RegistryServer) -> None:
    program.run("watch", ONE, "--similar", "1", "--tag", "hcc", "--no-backfill")
    [member] = [row["trial"] for row in program.run("list", "--tag", f"like:{ONE}").lines]
    for tag in ("hcc", f"like:{ONE}"):
        run = program.run("untag", member, tag)
        assert f"The set like:{ONE} gives this tag to every trial that enters it" in run.err
        assert f"trialwatch unwatch --cohort like:{ONE}\n" in run.err
    assert "The set" not in program.run("untag", ONE, "hcc").err, "it is no member"
