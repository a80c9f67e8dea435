"""cite: a citation of one stored version, as text, as BibTeX and as JSON."""

from __future__ import annotations

import pytest
from pybtex.database import parse_string

from tests.support.backfilled_lives import life, submissions
from tests.support.harness import ONE
from tests.support.program.program import Program
from tests.support.registry.embedded_registry import RegistryServer

PAGE = f"https://clinicaltrials.gov/study/{ONE}"


def with_a_past(program: Program, registry: RegistryServer) -> list[int]:
    """Watch a trial whose past the registry gives. Return the registry's number of each version."""
    states = life(80, 80, 120, 60)
    registry.studies = {ONE: states[-1].document(0)}
    registry.studies[ONE]["derivedSection"]["miscInfoModule"]["versionHolder"] = "2026-08-14"
    registry.histories = {ONE: submissions(states)}
    program.run("watch", ONE)
    return [row["registry_version"] for row in program.json("history", ONE)["versions"]]


@pytest.mark.fault("R-F11")
def test_a_version_of_the_registrys_history_is_cited_by_its_own_page(
    program: Program, registry: RegistryServer
) -> None:
    assert with_a_past(program, registry) == [0, 1, 2, 3]
    row = program.json("history", ONE)["versions"][2]
    cited = program.json("cite", ONE, "--version", "3")
    assert {name: cited[name] for name in ("version", "registry_version", "effective", "observed_at", "sha256")} == {
        name: row[name] for name in ("version", "registry_version", "effective", "observed_at", "sha256")
    }
    assert (cited["url"], cited["permalink"]) == (f"{PAGE}?tab=history&a=3#version-content-panel", True)
    assert cited["text"] == program.run("cite", ONE, "--version", "3").out.rstrip("\n")


def test_a_version_without_a_number_of_the_registry_is_cited_by_the_page_of_the_record(lived: Program) -> None:
    cited = lived.json("cite", ONE)
    assert (cited["registry_version"], cited["url"], cited["permalink"]) == (None, PAGE, False)
    assert cited["author"] == "A sponsor" and cited["registry"] == "ClinicalTrials.gov"


def test_a_day_means_the_version_of_that_day(lived: Program) -> None:
    versions = lived.json("history", ONE)["versions"]
    assert len(versions) > 1
    first = lived.json("cite", ONE, "--as-of", versions[0]["effective"])
    assert (first["version"], first["key"]) == (1, f"{ONE}-v1")
    assert lived.json("cite", ONE)["version"] == versions[-1]["version"]


def test_bibtex_goes_into_a_file_as_it_is(lived: Program) -> None:
    one, two = (lived.run("cite", ONE, "--version", n, "--format", "bibtex").out for n in ("1", "2"))
    assert list(parse_string(one + two, "bibtex").entries) == [f"{ONE}-v1", f"{ONE}-v2"]
    assert lived.json("cite", ONE, "--version", "1")["bibtex"] == one.rstrip("\n")
    [row] = lived.run("cite", ONE, "-o", "csv").cells
    assert row["key"] == f"{ONE}-v3" and row["permalink"] == "false"


def test_what_cannot_be_cited_is_refused_with_the_next_step(lived: Program) -> None:
    assert "trialwatch watch NCT99999999" in lived.error("cite", "NCT99999999", code=4)[0]
    assert f"trialwatch history {ONE}" in lived.error("cite", ONE, "--version", "77", code=4)[0]
    assert f"trialwatch history {ONE}" in lived.error("cite", ONE, "--as-of", "2001-01-01", code=4)[0]
    assert "Did you mean: bibtex?" in lived.error("cite", ONE, "--format", "bibtx", code=2)[0]
    assert "give one of them" in lived.error("cite", ONE, "--version", "1", "--as-of", "2026-08-15", code=2)[0]
