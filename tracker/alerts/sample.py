"""Invented changes for a sample message, which looks like a real one. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from storage.values.severity import Severity
from tracker.alerts.message import ReportedChange
from tracker.registries.ids import links_of

__all__ = ["SAMPLES", "sample_changes"]

TRIAL, TITLE = "NCT05349331", "Watch and wait or surgery after a complete response"
"""The trial of every sample."""

SAMPLES: Final[dict[str, tuple[str, str, tuple[tuple[str, str, Any, Any], ...]]]] = {
    "results.posted": (
        Severity.CRITICAL,
        "Results posted on the registry on {day}",
        (("results.state", "Results", "submitted", "posted"), ("results.first_posted", "First posted", None, "{day}")),
    ),
    "results.submitted": (
        Severity.MAJOR,
        "Results submitted to the registry for quality control on {day}",
        (("results.state", "Results", None, "submitted"),),
    ),
    "status.changed": (
        Severity.MAJOR,
        "Status changed from Active, not recruiting to Completed",
        (("status", "Status", "ACTIVE_NOT_RECRUITING", "COMPLETED"),),
    ),
}
"""Kind -> severity, summary and fields (name, label, before, after). `{day}` is the day it is sent."""


def sample_changes(kind: str, now: datetime) -> tuple[ReportedChange, ...]:
    """Return one invented change of a kind in SAMPLES. Raise KeyError for another."""
    severity, summary, fields = SAMPLES[kind]
    day = now.date().isoformat()
    change = {
        "seq": 0,
        "id": "sample",
        "trial": TRIAL,
        "kind": kind,
        "severity": severity,
        "summary": summary.format(day=day),
        "effective": day,
        "observed_at": now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "from_version": None,
        "to_version": None,
        "backfilled": False,
        "fields": [
            {"field": field, "label": label, "before": before, "after": day if after == "{day}" else after}
            for field, label, before, after in fields
        ],
    }
    url, history_url, *_ = links_of(TRIAL)
    return (ReportedChange(change, TITLE, url, history_url),)
