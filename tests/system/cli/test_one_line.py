"""A title with a line break forges no line: neither in a table, nor in a page, nor in csv."""

from __future__ import annotations

import csv
import io

import pytest

from tests.support.program.program import Program, record
from tests.support.records.strategies import study
from tests.support.registry.embedded_registry import RegistryServer
from tracker.registries.ctgov.reader import read

TRIAL = "NCT01234567"
FORGED = "A title\n\n  Status               Completed\r\nResults: posted"
PLAIN = "A title Status Completed Results: posted"


@pytest.fixture
def watched(registry: RegistryServer, program: Program) -> Program:
    told = record(TRIAL)
    protocol = told["protocolSection"]
    protocol["identificationModule"] |= {"briefTitle": FORGED, "officialTitle": FORGED, "acronym": "AB\nC"}
    protocol["sponsorCollaboratorsModule"] = {"leadSponsor": {"name": "A sponsor\n  Results              posted"}}
    registry.studies[TRIAL] = told
    program.json("watch", TRIAL)
    return program


@pytest.mark.fault("R-B12")
def test_a_title_forges_no_line_of_a_page(watched: Program) -> None:
    lines = watched.run("show", TRIAL, "-o", "table").out.splitlines()
    assert sum(line.startswith("  Status  ") for line in lines) == 1
    assert sum(line.startswith("  Results  ") for line in lines) == 1


@pytest.mark.fault("R-B12")
@pytest.mark.parametrize("words", [("list",), ("export", "versions"), ("export", "trials"), ("results",)])
def test_a_title_is_one_line_of_csv(watched: Program, words: tuple[str, ...]) -> None:
    form = "--format" if words[0] == "export" else "-o"
    rows = list(csv.DictReader(io.StringIO(watched.run(*words, form, "csv").out)))
    assert [row["title"] for row in rows if row["trial"] == TRIAL][-1] == PLAIN


@pytest.mark.fault("R-B12")
def test_one_line_fields_are_one_line_in_the_record() -> None:
    names = {"officialTitle": "A\nB", "acronym": "C\r\nD", "organization": {"fullName": "E\nF"}}
    found = read(
        study(
            more_names=names,
            armsInterventionsModule={"armGroups": [{"label": "G\nH", "description": "one\ntwo"}]},
            outcomesModule={"primaryOutcomes": [{"measure": "I\nJ", "timeFrame": "K\nL"}]},
            contactsLocationsModule={"locations": [{"facility": "M\n\nN", "city": "O\nP", "country": "Q"}]},
            conditionsModule={"conditions": ["R\nS"]},
        )
    ).record
    [arm], [outcome], [site] = found.arms.values(), found.outcomes.primary.values(), found.sites.values()
    assert (found.title.official, found.title.acronym, found.sponsor.organization) == ("A B", "C D", "E F")
    assert (arm.label, outcome.measure, outcome.time_frame) == ("G H", "I J", "K L")
    assert (site.facility, site.city, found.conditions) == ("M N", "O P", ("R S",))
    assert arm.description == "one\ntwo"
