"""The page the project began with: each of its facts stands on our page of the trial, in its section, in words.

Once as the saved page alone, once as the registry's record with the texts of that page.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import SHARED
from tests.support.program.program import Program
from tests.support.registry.trial_pages import parts_of
from tests.support.web.served import served
from tracker.demo.story import SEED, record_on

PAGE = SHARED / "seed" / "NCT05349331-page.txt"
SECTIONS = {
    "Study Results": "results",
    "Basic Information": "basic",
    "Brief Summary": "summary",
    "Detailed Description": "summary",
    "Conditions": "basic",
    "Study Design": "design",
    "Study Groups": "design",
    "Interventions": "design",
    "Eligibility Criteria": "eligibility",
    "Sponsors": "sponsor",
    "Responsible Party": "sponsor",
    "Locations": "sponsor",
    "Countries": "sponsor",
    "Other Identifiers": "numbers",
}
"""Section of the saved page -> id of ours."""
IN_WORDS = {
    "COMPLETED": "Completed",
    "PHASE2": "Phase 2",
    "INTERVENTIONAL": "Interventional",
    "2022-05-05": "5 May 2022",
    "2026-01-14": "14 Jan 2026",
    "RANDOMIZED": "Randomized",
    "PARALLEL": "Parallel groups",
    "TREATMENT": "Treatment",
    "NONE": "None (open label)",
    "EXPERIMENTAL": "Experimental",
    "NO_INTERVENTION": "No intervention",
    "PROCEDURE": "Procedure",
    "ALL": "All sexes",
    "OTHER": "(other)",
    "PRINCIPAL_INVESTIGATOR": "Principal investigator",
    "lead": "Lead sponsor",
    "No interventions assigned to this group": "No intervention is assigned to this group.",
    "Guangzhou, Guangdong, China": "Guangzhou, Guangdong",  # the country is the heading of its places
    "org_study_id": "the sponsor's own number",
}
NOT_SHOWN = {"-", "Site Status"}
"""What the page gives no value for."""


@pytest.fixture(scope="module")
def saved() -> str:
    if not PAGE.is_file():
        pytest.skip("the optional saved page (../shared/seed) is not on this machine")
    return PAGE.read_text(encoding="utf-8")


def facts(saved: str) -> list[tuple[str, str]]:
    """Return (section of ours, fact) for each fact of the saved page. Its names of fields and explanations are none."""
    found, section, explains = [], "", False
    for kind, text, value in parts_of(saved):
        if kind == "section":
            section, explains = text, text != "Study Results"
        elif kind == "text" and explains and section:
            explains = False
        elif section in SECTIONS and section != "Study Results" and kind != "list":
            fact = value or text
            found += [(SECTIONS[section], IN_WORDS.get(fact, fact))] if fact not in NOT_SHOWN else []
    return found


def plain(text: str) -> str:
    """Return a text without the escapes of markdown, in one line."""
    return " ".join(re.sub(r"\\+([<>*\\\[\]])", r"\1", text).split())


def sections(page: str) -> dict[str, str]:
    """Return the words of each section of a trial's page, by its id."""
    parts = re.split(r'<section class="section" id="(\w+)"', page)
    return {name: words(text) for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def words(markup: str) -> str:
    spaced = re.sub(r"</(?:p|li|dt|dd|h\d|summary|div|td|th)>|<br>", " ", markup)
    return plain(html.unescape(re.sub(r"<[^>]+>", "", spaced)))


def as_page(saved: str, folder: Path) -> Path:
    file = folder / "page.txt"
    file.write_text(saved, encoding="utf-8")
    return file


def as_record(saved: str, folder: Path) -> Path:
    """Return the demo's record of the day of the page, whose facts are real, with the texts of the page."""
    told = record_on(SEED, date(2026, 1, 15))
    assert told is not None
    protocol: dict[str, Any] = told["protocolSection"]
    text = {name: body.strip() for name, body in re.findall(r"(?ms)^(Brief Summary)\n\n.*?\n\n(.*?)^Detailed", saved)}
    protocol["descriptionModule"]["briefSummary"] = text["Brief Summary"]
    criteria = saved.partition("Inclusion Criteria")[2].partition("Minimum Eligible Age")[0]
    protocol["eligibilityModule"]["eligibilityCriteria"] = "Inclusion Criteria:" + criteria
    long = [it for kind, it, _ in parts_of(saved) if kind == "text" and it.startswith(("Surgical resection ", "Stop "))]
    arms, [intervention] = (protocol["armsInterventionsModule"][it] for it in ("armGroups", "interventions"))
    arms[0]["description"], intervention["description"], arms[1]["description"] = long[:3]
    file = folder / "record.json"
    file.write_text(json.dumps(told), encoding="utf-8")
    return file


@pytest.mark.parametrize("made", [as_page, as_record])
def test_every_fact_of_the_saved_page_is_on_ours_in_its_section(
    saved: str, tmp_path: Path, made: Callable[[str, Path], Path]
) -> None:
    program = Program(tmp_path / "home")
    program.run("import", made(saved, tmp_path))
    with served(program) as site:
        answer = site.get(f"/trials/{SEED}")
    assert answer.status_code == 200
    shown = sections(answer.text)
    wanted = facts(saved)
    assert len(wanted) > 60
    assert [(where, fact) for where, fact in wanted if plain(fact) not in shown[where]] == []
    head = words(answer.text.partition('<section class="section" id="results"')[0])
    title = saved.strip().splitlines()[0]
    assert all(it in head for it in (title, SEED, "15 Jan 2026", "Sun Yat-sen University", "Phase 2"))
    pending = "Only a saved page" if made is as_page else "No results"
    assert pending in shown["results"]
