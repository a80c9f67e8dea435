"""Invented posted results to edit: those of the demo, as a document and as they are read."""

from __future__ import annotations

import copy
import json
from functools import cache
from importlib.resources import files
from typing import Any

from tracker.changes.reported.compare import ReportedChanges, compare_reported
from tracker.records.results.reported import Reported
from tracker.registries.ctgov.results.reported import reported_of

__all__ = ["changed", "measure_of", "read", "section"]

Section = dict[str, Any]


@cache
def _text() -> str:
    return (files("tracker.demo") / "data" / "NCT05349331-results.json").read_text("utf-8")


def section() -> Section:
    """A results section of its own, to edit: seven measures, two groups, adverse events."""
    found: Section = json.loads(_text())
    return found


def read(edited: Section) -> Reported:
    found = reported_of({"resultsSection": edited})
    assert found is not None
    return found


def measure_of(edited: Section, title: str) -> Section:
    """The raw measure whose title begins so."""
    return next(it for it in edited["outcomeMeasuresModule"]["outcomeMeasures"] if it["title"].startswith(title))


def changed(edited: Section) -> ReportedChanges:
    """What differs from the unedited section."""
    return compare_reported(read(section()), read(copy.deepcopy(edited)))
