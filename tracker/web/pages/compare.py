"""Two versions of a trial: only what differs, the gravest first, long texts word by word."""

from __future__ import annotations

from starlette.requests import Request

from storage.reads.in_session import SessionReader
from storage.values.severity import Severity
from tracker.api.trials import VersionRow
from tracker.changes.wording.words import count_of
from tracker.services.typed.trial_ids import trial_id
from tracker.services.typed.version_choice import typed_ends
from tracker.services.versions.diff import diff
from tracker.services.versions.told_severities import told_severities
from tracker.services.versions.version_list import versions_of
from tracker.web.shown_page import Alternate, Page
from tracker.web.site import Site
from tracker.web.words.differences import DifferenceGroup, difference_groups

__all__ = ["page"]

_HEADLINES = 3
_SHORT = 40


def page(site: Site, request: Request) -> Page:
    """Return the differences between two versions, by default the last two. Raise UnknownTrial, UsageError."""
    wanted = trial_id(request.path_params["trial"])
    start, end = (request.query_params.get(name, "").strip() for name in ("from", "to"))
    with site.database.read() as session:
        versions = versions_of(SessionReader(session), wanted)
        compared = diff(SessionReader(session), wanted, typed_ends(start, end, site.now))
        numbers = [it.version for it in versions.versions]
        ends = compared.before.version, compared.after.version
        told = told_severities(SessionReader(session), versions.trial, numbers, *ends)
    groups = difference_groups(compared.diff.fields, compared.names, told)
    values = {
        "trial": versions.trial,
        "title_of": compared.after.title,
        "versions": [it for it in versions.versions if it.source != "page"],
        "before": _row(versions.versions, compared.before.version),
        "after": _row(versions.versions, compared.after.version),
        "groups": groups,
        "finding": _finding(groups),
        "count": sum(len(group.rows) for group in groups),
        "left_out": compared.left_out.message if compared.left_out is not None else "",
    }
    twin = Alternate("application/json", "The same as JSON", f"/trials/{versions.trial}/compare.json")
    return Page("compare.html", f"{versions.trial}: compare", "Trials", values, compared.diff, feeds=[twin])


def _row(versions: list[VersionRow], number: int) -> VersionRow:
    return next(it for it in versions if it.version == number)


def _finding(groups: list[DifferenceGroup]) -> str:
    """Return what differs most, as the heading of the page."""
    if not groups:
        return "Nothing differs in what is compared."
    told = [it for it in groups if it.severity != Severity.ADMIN] or groups
    parts = [part for group in told for part in _parts(group)]
    rest = f", and {len(parts) - _HEADLINES:,} more" if len(parts) > _HEADLINES else ""
    return f"{', '.join(parts[:_HEADLINES])}{rest}"


def _parts(group: DifferenceGroup) -> list[str]:
    """Return what a group adds to the heading: its fields if they are few and have short names, else their number."""
    named = [f"{row.name}{f': {row.delta}' if row.delta else ''}" for row in group.rows]
    if len(named) <= _HEADLINES and all(len(name) <= _SHORT for name in named):
        return named
    return [f"{group.name}: {count_of(len(named), 'field')}"]
