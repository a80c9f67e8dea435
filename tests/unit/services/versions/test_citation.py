"""The words of a citation, for titles and names that a registry should not have, read back by a real parser."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from pybtex.database import Entry, parse_string

from tracker.services.versions.citation import Citation, as_bibtex, as_text

ADDRESS = "https://clinicaltrials.gov/study/NCT00000001?tab=history&a=4#version-content-panel"
PLAIN = Citation(
    trial="NCT00000001",
    version=6,
    author="Universität Köln",
    title="A study of α-blockers",
    registry="ClinicalTrials.gov",
    registry_version=3,
    effective="2024-06-01",
    seen="2024-06-02",
    url=ADDRESS,
    sha256="ab" * 32,
    program="Trialwatch 0.1.0",
)
TITLES = [
    "50% of A&B: $5 #1 under_score ~ ^ caret",
    "a single { brace",
    "a single } brace",
    r"\input{/etc/passwd}",
    r"ends with a backslash \\",
    "},\n@misc{other, title={forged}}",
    "quotes \" and ' and @string{x}",
    "Ünïcode, œuvre, Łódź, 日本語",
    "[/red] markup and `tick`",
]
PRINTED = {
    r"\textbackslash{}": "\\",
    r"\textbraceleft{}": "{",
    r"\textbraceright{}": "}",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    **{rf"\{it}": it for it in "#$%&_"},
}
"""What TeX prints for a command."""
COMMAND = re.compile(r"\\[a-z]+\{\}|\\.|.")


def parsed(it: Citation) -> Entry:
    """Return the only entry of a bibliography of this citation and another one."""
    found = parse_string(f"{as_bibtex(it)}\n{as_bibtex(replace(PLAIN, version=99))}\n", "bibtex").entries
    assert list(found) == [it.key, "NCT00000001-v99"]
    return found[it.key]


def printed(field: str) -> str:
    """Return what TeX prints for a field in braces. A command or a brace that a title may not have is a KeyError."""
    assert field[0] == "{" and field[-1] == "}"
    found = COMMAND.findall(field[1:-1])
    return "".join(PRINTED[it] if it[0] in "\\{}#$%&_~^" else it for it in found)


def test_a_text_names_everything_in_the_usual_order() -> None:
    assert as_text(PLAIN) == (
        "Universität Köln. A study of α-blockers. ClinicalTrials.gov NCT00000001. Record in effect from 2024-06-01 "
        f"(version 3 at the registry, counted from 0). {ADDRESS} Accessed 2024-06-02. SHA-256 {'ab' * 32}. "
        "Retrieved with Trialwatch 0.1.0."
    )


def test_what_the_record_does_not_say_is_left_out() -> None:
    bare = replace(PLAIN, author="", title="", registry_version=None)
    assert as_text(bare).startswith("ClinicalTrials.gov NCT00000001. Record in effect from 2024-06-01. https://")
    assert "title" not in parsed(bare).fields and "author" not in parsed(bare).persons


def test_a_registry_whose_name_has_an_article_begins_its_sentence_with_a_capital() -> None:
    eu = replace(PLAIN, trial="EUCTR2015-004321-98", registry="the EU Clinical Trials Register")
    assert "α-blockers. The EU Clinical Trials Register EUCTR2015-004321-98. Record" in as_text(eu)
    assert parsed(eu).fields["howpublished"] == "The EU Clinical Trials Register EUCTR2015-004321-98"


def test_a_question_as_a_title_gets_no_full_stop() -> None:
    assert "Does it work? ClinicalTrials.gov" in as_text(replace(PLAIN, title="Does it work?"))


def test_an_entry_has_its_parts_and_its_address_as_it_is() -> None:
    entry = parsed(PLAIN)
    assert (entry.type, entry.key) == ("misc", "NCT00000001-v6")
    assert {name: entry.fields[name] for name in ("url", "urldate", "year", "version", "howpublished")} == {
        "url": ADDRESS,
        "urldate": "2024-06-02",
        "year": "2024",
        "version": "2024-06-01",
        "howpublished": "ClinicalTrials.gov NCT00000001",
    }
    assert [str(person) for person in entry.persons["author"]] == ["{Universität Köln}"]
    assert "Trialwatch 0.1.0" in entry.fields["note"] and "ab" * 32 in entry.fields["note"]


@pytest.mark.parametrize("title", TITLES)
def test_a_hostile_title_prints_as_it_is_and_ends_nothing(title: str) -> None:
    entry = parsed(replace(PLAIN, title=title))
    assert printed(entry.fields["title"]) == " ".join(title.split())
    assert sorted(entry.fields) == sorted(parsed(PLAIN).fields)


@pytest.mark.parametrize("name", ["Smith and Sons, and Others", "A } B", "et al., and"])
def test_a_name_stays_one_name(name: str) -> None:
    [author] = parsed(replace(PLAIN, author=name)).persons["author"]
    assert printed(str(author)) == name


@pytest.mark.parametrize("title", ["a\u202eb", "a\x1b[31mb", "a\nb", "a\r\nb\x00"])
def test_nothing_hidden_and_no_second_line_comes_with_a_title(title: str) -> None:
    for line in (as_text(replace(PLAIN, title=title)), as_bibtex(replace(PLAIN, title=title))):
        assert all(it.isprintable() for it in line.replace("\n", "") if it != " ")
    assert "\n" not in as_text(replace(PLAIN, title=title))
    assert as_bibtex(replace(PLAIN, title=title)).count("\n") == as_bibtex(PLAIN).count("\n")
