"""A stored version that today's reader cannot read: it is named, and the other trials are answered for."""

from __future__ import annotations

import csv
import io

import pytest

from storage.engine.database import Database
from storage.values.write_models import THIS_VERSION
from storage.versions import snapshots
from storage.versions.snapshots import NewStep
from storage.versions.trials import heads
from tests.support.program.program import Program, record
from tests.support.store.store_factories import event, kept, version
from tests.system.cli.conftest import ONE, THREE, TWO

pytestmark = pytest.mark.fault("R-G1")
BAD = "cannot be read by this program"


@pytest.fixture
def spoilt(lived: Program) -> Program:
    """The newest version of ONE is in a shape that no reader of ours knows."""
    document = record(ONE)
    document["protocolSection"]["statusModule"]["overallStatus"] = ["RECRUITING"]
    database = Database.open(f"sqlite:///{lived.home / 'trialwatch.db'}")
    with database.write() as session:
        head = heads(session, [ONE])[ONE]
        new = version(kept(session, document), ONE, effective="2026-08-20", results="submitted")
        told = event(ONE, from_version=head.current_version, to_version=THIS_VERSION, to_content=new.content_hash)
        snapshots.commit(session, [NewStep(new, (told,), head.current_version)])
    database.close()
    return lived


COMMANDS = (("show", ONE), ("diff", ONE), ("history", ONE, "--field", "status"), ("results", ONE))


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_one_trial_ends_with_its_name_and_what_to_do(spoilt: Program, words: tuple[str, ...]) -> None:
    text, told = spoilt.error(*words, code=1)
    assert f"of {ONE} {BAD}: protocolSection.statusModule.overallStatus" in text
    assert text.rstrip(".\n").endswith("--raw")
    assert (told["kind"], told["subject"]) == ("unreadable_version", ONE)


def test_the_step_that_the_error_names_shows_the_document(spoilt: Program) -> None:
    text, _ = spoilt.error("show", ONE, code=1)
    words = text.rstrip(".\n").rpartition("trialwatch ")[2].split()
    assert spoilt.run(*words).json["protocolSection"]["statusModule"]["overallStatus"] == ["RECRUITING"]


def test_results_of_the_others_are_shown(spoilt: Program) -> None:
    run = spoilt.run("results", ONE, TWO, THREE, "-o", "json", expect=3)
    assert [row["trial"] for row in run.json["trials"]] == [TWO, THREE]
    assert run.err.count(ONE) == 2 and BAD in run.err


def test_the_others_are_exported(spoilt: Program) -> None:
    run = spoilt.run("export", "trials", expect=3)
    assert [row["trial"] for row in csv.DictReader(io.StringIO(run.out))] == [TWO, THREE]
    assert BAD in run.err
    assert ONE in spoilt.run("export", "versions").out


def test_changes_are_explained_as_far_as_they_can_be(spoilt: Program) -> None:
    run = spoilt.run("changes", "--explain", "-o", "json", expect=3)
    unexplained = {row["trial"] for row in run.json["changes"] if row["to_version"] and not row["explained"]["reasons"]}
    assert ONE in unexplained and unexplained != {row["trial"] for row in run.json["changes"]}
    assert BAD in run.err


def test_the_list_by_what_is_due_goes_on(spoilt: Program) -> None:
    run = spoilt.run("list", "--sort", "slip", "-o", "json")
    assert {row["trial"] for row in run.json["trials"]} == {ONE, TWO, THREE}
    assert BAD in run.err


def test_similar_trials_are_found_without_it(spoilt: Program) -> None:
    run = spoilt.run("similar", TWO, "--among", ONE, "--among", THREE, "-o", "json", expect=None)
    assert BAD in run.out + run.err
