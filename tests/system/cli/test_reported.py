"""Posted results from the day they come: what is told, shown, exported, and followed over their versions."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.channels.alert_setup import alerting
from tests.support.paths import ROOT
from tests.support.program.program import Program, record, update
from tests.support.records.posted_results import measure_of, section
from tests.support.registry.embedded_registry import RegistryServer
from tests.system.cli.conftest import ONE, TWO
from tracker.services.export.reported_tables import REPORTED_TABLES

RFS = "reported.measures.recurrence-free-survival-at-2-years"
VALUE = f"{RFS}.rows.-.-.resection-group.value"
REGISTERED = [
    {"measure": "Recurrence-free survival", "timeFrame": "2 years"},
    {"measure": "Participants with complete response of the liver tumour in imaging", "timeFrame": "6 months"},
]


def post(study: dict[str, Any], day: str, results: dict[str, Any]) -> None:
    """Post results as the registry does: the registered outcomes become the reported ones."""
    outcomes = study["protocolSection"]["outcomesModule"] = {"primaryOutcomes": [], "secondaryOutcomes": []}
    for measure in results["outcomeMeasuresModule"]["outcomeMeasures"]:
        name = {"PRIMARY": "primaryOutcomes"}.get(measure["type"], "secondaryOutcomes")
        outcomes[name].append({"measure": measure["title"], "timeFrame": measure["timeFrame"]})
    update(study, day, resultsFirstPostDateStruct={"date": "2026-08-15", "type": "ACTUAL"})
    study |= {"hasResults": True, "resultsSection": results}


@pytest.fixture(scope="module")
def _followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in which one trial was watched before, posted without one primary outcome, and corrected later."""
    home = tmp_path_factory.mktemp("reported") / "home"
    one, two = record(ONE), record(TWO)
    one["protocolSection"]["outcomesModule"] = {"primaryOutcomes": REGISTERED}
    with RegistryServer([one, two]) as registry:
        program = Program(home, registry)
        program.run("watch", ONE, TWO, "--no-backfill")
        program.day()
        post(one, "2026-08-15", section())
        program.run("poll")
        program.day(2)
        corrected = section()
        measure = measure_of(corrected, "Recurrence-free survival at 2")
        measure["classes"][0]["categories"][0]["measurements"][0]["value"] = "75.4"
        measure["analyses"][0]["pValue"] = "0.064"
        post(one, "2026-08-17", corrected)
        program.run("poll")
    return home


@pytest.fixture
def followed(tmp_path: Path, _followed: Path) -> Program:
    shutil.copytree(_followed, tmp_path / "home")
    program = Program(tmp_path / "home")
    program.day(3)
    return program


def change(program: Program, kind: str) -> dict[str, Any]:
    [found] = [it for it in program.json("changes")["changes"] if it["kind"] == kind]
    return dict(found)


def test_the_day_of_posting_says_which_promise_was_not_kept(followed: Program) -> None:
    posted = change(followed, "results.posted")
    assert posted["severity"] == "critical"
    assert posted["summary"] == (
        "Results posted: serious adverse events in 4 of 37 (Resection group) and 2 of 37 (Non-surgical…)"
        "; 1 of 2 registered primary outcomes is not reported"
    )


def test_a_correction_is_told_value_by_value(followed: Program) -> None:
    edited = change(followed, "results.measure_changed")
    assert edited["severity"] == "major"
    assert edited["summary"] == (
        "Primary result changed: Recurrence-free survival at 2 years, Resection group, number: 78.1 -> 75.4; "
        "1 more (p-value crosses .05)"
    )
    assert [(it["field"], it["before"], it["after"]) for it in edited["fields"]] == [
        (VALUE, "78.1", "75.4"),
        (f"{RFS}.analyses.non-surgical-resection-group-vs-resection-group.p_value", "0.043", "0.064"),
    ]
    # Nothing else is told of that day but the record's own dates.
    kinds = {it["kind"] for it in followed.json("changes")["changes"] if it["to_version"] == edited["to_version"]}
    assert kinds == {"results.measure_changed", "admin.changed"}


def test_results_are_shown_whole_as_data(followed: Program) -> None:
    shown = followed.json("results", ONE, "--reported")
    assert (shown["trial"], shown["version"]) == (ONE, 3)
    measure = shown["reported"]["measures"]["recurrence-free-survival-at-2-years"]
    assert measure["rows"]["-"]["-"]["resection-group"] == {
        "value": "75.4", "number": 75.4, "spread": None, "lower": "61.0", "upper": "88.4", "comment": None
    }  # fmt: skip
    assert shown["reported"]["measures"]["tumour-dna-in-blood"]["status"] == "NOT_POSTED"
    own = [it for it in shown["registered"] if it["verdict"] not in ("part_of", "never_registered")]
    verdicts = {it["outcome"]: (it["verdict"], it["as_of"]) for it in own}
    assert verdicts[REGISTERED[0]["measure"]] == ("reported", "2026-01-15")
    assert verdicts[REGISTERED[1]["measure"]] == ("not_reported", "2026-01-15")
    older = followed.json("results", ONE, "--reported", "--version", "2")
    value = older["reported"]["measures"]["recurrence-free-survival-at-2-years"]["rows"]["-"]["-"]["resection-group"]
    assert value["value"] == "78.1"


def test_results_are_shown_as_tables(followed: Program) -> None:
    page = followed.run("results", ONE, "--reported", "-o", "table", COLUMNS="120").out
    lines = [" ".join(line.split()) for line in page.splitlines()]
    assert "Registered against reported (as registered on 2026-01-15)" in lines
    assert "Resection group (n = 37) Non-surgical resection group (n = 37)" in lines
    assert "75.4 (61.0 to 88.4) 67.3 (49.6 to 80.0)" in lines
    assert "NA (31.2 to NA) [1] 31.8 (24.4 to NA) [2]" in lines
    assert "[1] Fewer than half had a recurrence, so the median was not reached." in lines
    assert "Not posted yet, expected 2027-09." in lines
    assert "Deaths 2 of 37 (5.4 %) 3 of 37 (8.1 %)" in lines
    assert lines.index("Serious adverse events") < lines.index("Other adverse events")


def test_show_has_the_results_of_any_day_too(followed: Program) -> None:
    assert followed.json("show", ONE, "--results") == followed.json("results", ONE, "--reported")
    older = followed.json("show", ONE, "--results", "--as-of", "2026-08-16")
    assert older == followed.json("results", ONE, "--reported", "--version", "2")
    assert followed.run("show", ONE, "--results", "--raw", expect=2).out == ""


def test_what_has_no_results_says_so_with_the_next_step(followed: Program) -> None:
    none = followed.run("results", TWO, "--reported", expect=4)
    assert none.err == f"{TWO} has no posted results (state: none). See where they stand: trialwatch results {TWO}.\n"
    before = followed.run("results", ONE, "--reported", "--version", "1", expect=4)
    assert f"Version 3 does: trialwatch results {ONE} --reported --version 3" in before.err
    for words in (("results", "--reported"), ("results", ONE, TWO, "--reported"), ("results", ONE, "--version", "2")):
        assert followed.run(*words, expect=2).out == ""


def test_every_version_of_a_value_is_exported_once(followed: Program) -> None:
    rows = followed.run("export", "measures").cells
    mine = [row for row in rows if row["measure_key"] == "recurrence-free-survival-at-2-years"]
    values = [(row["group_title"], row["param_value"], row["effective"], row["effective_until"]) for row in mine]
    assert values == [
        ("Resection group", "78.1", "2026-08-15", "2026-08-17"),
        ("Non-surgical resection group", "67.3", "2026-08-15", "2026-08-17"),
        ("Resection group", "75.4", "2026-08-17", ""),
        ("Non-surgical resection group", "67.3", "2026-08-17", ""),
    ]
    assert {row["number_analyzed"] for row in mine} == {"37"}
    [pending] = [row for row in rows if row["reporting_status"] == "NOT_POSTED" and not row["effective_until"]]
    assert (pending["title"], pending["param_value"]) == ("Tumour DNA in blood", "")
    later = followed.run("export", "measures", "--since", "2026-08-17").cells
    assert {row["version"] for row in later} == {"3"}


def test_the_number_analyzed_is_that_of_the_visit(followed: Program) -> None:
    rows = followed.run("export", "measures").cells
    visits = {
        (row["classification"], row["group_title"]): row["number_analyzed"]
        for row in rows
        if row["title"].startswith("Change in quality of life")
    }
    assert visits["Month 24", "Resection group"] == "29"
    assert visits["Month 3", "Non-surgical resection group"] == "37"


def test_totals_and_terms_of_adverse_events_are_rows(followed: Program) -> None:
    rows = [row for row in followed.run("export", "adverse-events").cells if not row["effective_until"]]
    totals = {
        (row["event_type"], row["group_title"]): row["subjects_affected"] for row in rows if row["classification"]
    }
    assert totals["deaths", "Resection group"] == "2"
    assert totals["serious", "Non-surgical resection group"] == "2"
    terms = {row["adverse_event_term"] for row in rows if row["event_type"] == "serious" and not row["classification"]}
    assert terms == {"Bile leak", "Postoperative bleeding", "Immune-mediated hepatitis", "Abdominal abscess"}


def test_why_an_edit_has_its_severity_is_explained(followed: Program) -> None:
    explained = {it["kind"]: it["explained"] for it in followed.json("changes", ONE, "--explain")["changes"]}
    edited = explained["results.measure_changed"]
    assert edited["severity"] == "major"
    assert [(it["by"], it["name"]) for it in edited["reasons"]] == [
        ("field", "reported.measures.**"),
        ("values", "results.measure_changed"),
        ("sign", "reported.p_value"),
    ]
    assert edited["reasons"][-1]["evidence"]["before"] == "0.043"
    assert explained["results.posted"]["severity"] == "critical"


def test_two_versions_and_a_single_value_are_followed(followed: Program) -> None:
    fields = followed.json("diff", ONE, "2..3")["fields"]
    reported = [(it["field"], it["before"], it["after"]) for it in fields if it["field"].startswith("reported.")]
    assert (VALUE, "78.1", "75.4") in reported and len(reported) == 2
    assert not [it for it in fields if it["field"].startswith("results.summary.")]
    [series] = followed.json("history", ONE, "--field", VALUE)["fields"]
    assert [(it["version"], it["value"]) for it in series["values"]] == [(1, None), (2, "78.1"), (3, "75.4")]
    table = followed.run("history", ONE, "--field", VALUE, "-o", "table", COLUMNS="200").out
    assert "measures, recurrence-free-survival-at-2-years, rows, resection-group, value" in table
    wrong = followed.run("history", ONE, "--field", f"{RFS}.rows.-.-.nobody.value", expect=2).err
    assert f"trialwatch results {ONE} --reported -o json" in wrong


def test_the_mail_of_the_day_carries_the_tables_and_what_is_missing(tmp_path: Path) -> None:
    with alerting(tmp_path, to=("me@example.org",)) as harness:
        study = harness.registry.studies[ONE]
        study["protocolSection"]["outcomesModule"] = {"primaryOutcomes": REGISTERED}
        harness.change(ONE, "COMPLETED")
        post(study, "2026-08-16", section())
        harness.change(ONE, "COMPLETED", 1)
        assert harness.box.mails[-1].defects == []
        mail = harness.box.mails[-1].parsed
        text, page = (str(mail.get_body((part,)).get_content()) for part in ("plain", "html"))  # type: ignore[union-attr]
        told = [json.loads(hook.body)["data"] for hook in harness.sink.hooks]
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "1 of 2 registered primary outcomes is not reported" in " ".join(lines)
    assert "78.1 (61.0 to 88.4) 67.3 (49.6 to 80.0)" in lines
    assert "Deaths 2 of 37 (5.4 %) 3 of 37 (8.1 %)" in lines
    assert lines.index("Registered against reported") < lines.index(
        "Primary outcome: Recurrence-free survival at 2 years"
    )
    assert "Verdict: not reported" in lines
    for cell in ("78.1 (61.0 to 88.4)", "4 of 37 (10.8 %)", "not reported"):
        assert f">{cell}</td>" in page
    changes = [change for data in told for change in data.get("changes", [data])]
    [posted] = [change for change in changes if change.get("kind") == "results.posted"]
    measure = posted["reported"]["measures"]["recurrence-free-survival-at-2-years"]
    assert measure["rows"]["-"]["-"]["resection-group"]["value"] == "78.1"
    assert [it["verdict"] for it in posted["reported"]["registered"]] == ["not_reported", "reported"]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_past_that_is_imported_tells_its_edits_too(tmp_path: Path, order: tuple[int, ...]) -> None:
    """In any order of the files, the past names the value that was edited and the promise that was not kept."""
    study = record(ONE)
    study["protocolSection"]["outcomesModule"] = {"primaryOutcomes": REGISTERED}
    files = [tmp_path / f"{number}.json" for number in range(3)]
    for number, day in enumerate(("2026-08-11", "2026-08-12", "2026-08-14")):
        if number:
            results = section()
            cell = measure_of(results, "Tumour recurrence")["classes"][0]["categories"][0]["measurements"][0]
            cell["value"] = str(8 + number)
            post(study, day, results)
        study["derivedSection"]["miscInfoModule"]["versionHolder"] = day
        files[number].write_text(json.dumps(study))
    program = Program(tmp_path / "home")
    program.run("import", *(files[number] for number in order))
    summaries = {it["kind"]: it["summary"] for it in program.json("changes")["changes"]}
    assert summaries["results.posted"].endswith("; 1 of 2 registered primary outcomes is not reported")
    assert summaries["results.measure_changed"] == (
        "Result changed: Tumour recurrence, Resection group, count of participants: 9 -> 10 Participants"
    )


@pytest.mark.parametrize("what", REPORTED_TABLES)
def test_the_tables_have_the_columns_of_their_page(followed: Program, tmp_path: Path, what: str) -> None:
    duckdb = pytest.importorskip("duckdb", reason="DuckDB (extra: analytics) is not installed")
    columns = [column.name for column in REPORTED_TABLES[what].columns]
    for form in ("csv", "jsonl", "parquet"):
        followed.run("export", what, "--to", tmp_path / f"x.{form}")
    found = duckdb.sql(f"SELECT * FROM '{tmp_path / 'x.parquet'}'")
    lines = (tmp_path / "x.jsonl").read_text().splitlines()
    assert found.columns == columns
    assert len(found) == len(lines) > 2
    page = (ROOT / "docs/reference/tables.md").read_text()
    part = page.partition(f"\n### {what}\n")[2].partition("\n###")[0].partition("\n## ")[0]
    assert [line.split("`")[1] for line in part.splitlines() if line.startswith("| `")] == columns
