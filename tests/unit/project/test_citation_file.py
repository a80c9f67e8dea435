"""CITATION.cff: valid in the Citation File Format 1.2.0, and true."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
import yaml

from tests.support.paths import ROOT

REQUIRED = {"cff-version", "message", "title", "authors"}
KNOWN = REQUIRED | {
    *("abstract", "commit", "contact", "date-released", "doi", "identifiers", "keywords", "license", "license-url"),
    *("preferred-citation", "references", "repository", "repository-artifact", "repository-code", "type", "url"),
    "version",
}


@pytest.fixture(scope="module")
def cited() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    return found


def test_it_has_the_keys_of_the_format(cited: dict[str, Any]) -> None:
    assert REQUIRED <= cited.keys() <= KNOWN
    assert (cited["cff-version"], cited["type"]) == ("1.2.0", "software")
    assert all(author.keys() == {"name"} and author["name"] for author in cited["authors"])


def test_it_says_what_the_project_says(cited: dict[str, Any]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {name: cited[name] for name in ("version", "license", "keywords", "abstract")} == {
        "version": project["version"],
        "license": project["license"],
        "keywords": project["keywords"],
        "abstract": project["description"],
    }
    assert cited["title"].lower() == project["name"]
    assert cited["authors"][0]["name"] in (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_the_readme_names_it() -> None:
    assert "(CITATION.cff)" in (ROOT / "README.md").read_text(encoding="utf-8")
