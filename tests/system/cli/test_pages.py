"""Saved pages: kept beside the timeline, never current, never news; set beside what the registry says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.program.program import Program, record, update
from tests.support.registry.embedded_registry import RegistryServer
from tests.support.registry.euctr_pages import page as register_page
from tests.support.registry.trial_pages import divs

SAVED = (ROOT / "tests/support/registry/trial_page.txt").read_text(encoding="utf-8")
TRIAL = "NCT01234567"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "page.html"
    file.write_text(divs(SAVED), encoding="utf-8")
    return file


@pytest.fixture
def registry_of_one(registry: RegistryServer, program: Program) -> RegistryServer:
    told = record(TRIAL)
    told["protocolSection"]["identificationModule"]["briefTitle"] = (
        "Early Bedtime Against Mild Insomnia in Shift Workers"
    )
    told["protocolSection"]["designModule"] |= {"phases": ["PHASE1", "PHASE2"], "enrollmentInfo": {"count": 1204}}
    update(told, "2025-12-03", overallStatus="COMPLETED")
    registry.studies[TRIAL] = told
    return registry


def test_a_page_saved_from_a_registry_is_refused_with_the_next_step(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "register.html"
    file.write_text(register_page("PT"), encoding="utf-8")
    [refused] = program.json("import", file, expect=1)["import"]["rejected"]
    assert "found no 'NCT ID' anywhere" in refused["reason"]
    assert "a registry's own page is not imported" in refused["reason"]
    assert refused["reason"].endswith("trialwatch watch ID")


def test_a_page_alone_is_shown_and_nothing_else(program: Program, page: Path) -> None:
    told = program.json("import", page)["import"]
    assert told | {"files": 1, "pages": 1, "records": 0, "stored": 1, "already": 0, "trials": 1} == told
    saved = page.with_name("saved.txt")
    saved.write_text(SAVED, encoding="utf-8")
    again = program.json("import", saved, page)["import"]
    assert (again["pages"], again["stored"], again["already"]) == (2, 0, 2), "the same page in any dress is one page"
    shown = program.json("show", TRIAL)
    assert (shown["source"], shown["version"], shown["record"]["status"]) == ("page", 1, "ACTIVE_NOT_RECRUITING")
    [version] = program.json("history", TRIAL)["versions"]
    assert (version["source"], version["effective"], version["effective_basis"]) == ("page", "2025-11-03", "page")
    assert program.json("show", TRIAL, "--raw")["page"]["format"] == "html"
    assert program.json("changes") == {"changes": []}
    assert program.json("list") == {"trials": []}
    assert program.json("verify") == {"faults": []}
    for words in (("results", TRIAL), ("diff", TRIAL)):
        assert "Nothing is stored" in program.error(*words, code=4)[0]
    assert "only a page" in program.error("compare", TRIAL, code=4)[0]


def test_everything_a_page_says_is_on_the_screen(program: Program, page: Path) -> None:
    program.run("import", page)
    shown = " ".join(program.run("show", TRIAL, "-o", "table").out.split())
    for word in (
        "a page of 2025-11-03|Active, not recruiting|1,204|Phase 1, Phase 2|2024-02|2026-08-31|Shift workers sleep|"
        "Bedtime is moved|Insomnia|Non randomized|Crossover|Supportive care|Double|Early group|To bed at nine|"
        "Melatonin 3 mg|Lights out|Works at night|Sleep apnoea|18 Years to 65 Years|Female|Healthy volunteers yes|"
        "Night University|Pillow Works|Ada Müller, Head of Sleep|Night Clinic, Bern|Rhône|France and Switzerland|"
        "NU-17-2|2023-123456-12-00|NCT07654321|Nothing measured|none submitted"
    ).split("|"):
        assert word in shown, word


def test_a_page_is_never_current_and_never_news(program: Program, registry_of_one: RegistryServer, page: Path) -> None:
    program.run("import", page, "--watch")
    program.run("poll")
    assert [row["kind"] for row in program.run("changes").lines] == ["trial.first_seen"]
    registry_of_one.studies[TRIAL]["protocolSection"]["designModule"]["enrollmentInfo"]["count"] = 900
    program.day()
    page.write_text(divs(SAVED.replace("2025-11-03", "2030-01-01").replace("1,204", "55")), encoding="utf-8")
    program.run("import", page)
    program.run("poll")
    found = program.run("changes").lines
    assert [row["kind"] for row in found] == ["trial.first_seen", "enrollment.target_changed"]
    assert (found[1]["fields"][0]["before"], found[1]["fields"][0]["after"]) == (1204, 900), "not against the page's 55"
    rows = program.json("history", TRIAL)["versions"]
    assert [(row["version"], row["source"]) for row in rows] == [(1, "page"), (2, "poll"), (4, "poll"), (3, "page")]
    assert program.json("list")["trials"][0]["version"] == 4
    assert program.json("show", TRIAL)["record"]["enrollment"]["count"] == 900
    assert program.json("show", TRIAL, "--version", "3")["record"]["enrollment"]["count"] == 55
    assert program.json("diff", TRIAL)["to"] == 4
    assert program.json("diff", TRIAL, "4..3")["to"] == 3
    assert [
        it["value"] for it in program.json("history", TRIAL, "--field", "enrollment.count")["fields"][0]["values"]
    ] == [
        1204,
        900,
    ]
    assert program.json("verify") == {"faults": []}


def test_compare_names_the_differences_and_the_age(
    program: Program, registry_of_one: RegistryServer, page: Path
) -> None:
    program.run("watch", TRIAL, "--no-backfill")
    assert "trialwatch import" in program.error("compare", TRIAL, code=4)[0]
    program.run("import", page)
    told = program.json("compare", TRIAL)
    assert (
        told["page"] | {"version": 2, "last_updated": "2025-11-03", "age_days": 284, "behind_days": 30} == told["page"]
    )
    fields = {it["field"]: (it["registry"], it["page"]) for it in told["fields"]}
    assert fields["status"] == ("COMPLETED", "ACTIVE_NOT_RECRUITING")
    assert fields["sponsor.lead"] == ("A sponsor", "Night University")
    assert "title.brief" not in fields and "phases" not in fields and "results.state" not in fields
    assert not any(name.startswith(("other", "related", "dates.last_update")) for name in fields)
    assert told["agreeing"] >= 4
    screen = program.run("compare", TRIAL, "-o", "table").out
    assert "a page of 2025-11-03, 284 days old, 30 days behind the registry" in screen
    assert "Active, not recruiting" in screen and "NOT_RECRUITING" not in screen


@pytest.mark.fault("B31")
def test_pages_that_cannot_be_read_are_named_and_not_stored(program: Program, tmp_path: Path) -> None:
    bad = {
        "deep.html": "<div>" * 100_000,
        "other.html": "<h1>Back soon</h1>",
        "redesigned.html": divs(SAVED.replace("Recruitment Status", "State")),
        "latin.html": divs(SAVED).replace("<head>", "<head><meta charset=utf-8>"),
    }
    for name, text in bad.items():
        (tmp_path / name).write_bytes(text.encode("latin-1" if name == "latin.html" else "utf-8", "replace"))
    told = program.json("import", *(tmp_path / name for name in bad), expect=1)["import"]
    reasons = {Path(it["source"]).name: it["reason"] for it in told["rejected"]}
    assert reasons.keys() == bad.keys()
    assert "nests deeper" in reasons["deep.html"] and "layout" in reasons["redesigned.html"]
    assert "not in its charset" in reasons["latin.html"]
    assert program.json("history", TRIAL, expect=4)["error"]["kind"] == "unknown_trial"
