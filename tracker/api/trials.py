"""Trials and their versions: `list`, `watch`, `unwatch`, `show`, `history`, `diff`, `compare`."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from tracker.api.base import Day, Instant, Shape, described
from tracker.api.notes import Note

__all__ = [
    "Cited",
    "Compared",
    "Diff",
    "Disagreement",
    "Enrollment",
    "FieldDifference",
    "FieldHistory",
    "FieldSeries",
    "FieldValue",
    "History",
    "NextLook",
    "PageSide",
    "RegistrySide",
    "Shown",
    "Slip",
    "Trial",
    "Trials",
    "VersionRow",
]


class Enrollment(Shape, frozen=True):
    """How many people take part."""

    count: Annotated[int | None, described("Participants; null when the record gives none.")]
    type: Annotated[str | None, described("ESTIMATED or ACTUAL.")]


class NextLook(Shape, frozen=True):
    """When the daemon asks for this trial again."""

    at: Instant
    reason: Annotated[str, described("Why then.")]


class Trial(Shape, frozen=True):
    """One trial as `list` shows it."""

    trial: Annotated[str, described("Its id, such as NCT05349331.")]
    title: str | None
    status: Annotated[str | None, described("The registry's code, such as COMPLETED.")]
    enrollment: Enrollment
    results: Annotated[str | None, described("State of the results; null when no version tells.")]
    version: Annotated[int | None, described("Number of the current version; null before the first.")]
    last_checked: Instant | None
    tags: list[str]
    gone_since: Annotated[Instant | None, described("Since when the registry no longer answers for it.")]
    next_look: Annotated[NextLook | None, described("Null when it is not watched.")]
    notes: Annotated[list[Note], described("What you wrote about it, oldest first.")]
    sponsor: Annotated[str | msgspec.UnsetType | None, described("With --sort overdue, slip or changed.")] = (
        msgspec.UNSET
    )
    due: Annotated[Day | msgspec.UnsetType | None, described("First due day of a rule that surely applies.")] = (
        msgspec.UNSET
    )
    overdue: Annotated[int | msgspec.UnsetType | None, described("Days results are missing past the grace.")] = (
        msgspec.UNSET
    )
    late: Annotated[int | msgspec.UnsetType | None, described("The same, or the days by which they came late.")] = (
        msgspec.UNSET
    )
    posted: Annotated[Day | msgspec.UnsetType | None, described("The day results were posted.")] = msgspec.UNSET
    slip: Annotated[int | msgspec.UnsetType | None, described("Days the primary completion went.")] = msgspec.UNSET
    changed: Annotated[Day | msgspec.UnsetType | None, described("The day of its last change.")] = msgspec.UNSET


class Trials(Shape, frozen=True):
    """`list`, `watch`, `unwatch`: the trials they are about."""

    trials: list[Trial]


class LinkedTrial(Shape, frozen=True):
    """The same trial in another register."""

    trial: str
    register: Annotated[str, described("The register's name.")]
    watched: Annotated[bool | None, described("Null when that register is not read here.")]


class Shown(Shape, frozen=True):
    """`show`: one version of a trial, whole; or what the registry says now of a trial that is not stored."""

    trial: str
    version: Annotated[int | None, described("Null for a trial that is not stored.")]
    effective: Annotated[Day, described("The first day the public record said this.")]
    observed_at: Annotated[Instant, described("When Trialwatch first held it.")]
    source: Annotated[str, described("poll, import, backfill or page; registry for a trial that is not stored.")]
    url: Annotated[str | None, described("The registry's page of the trial; null for a saved page.")]
    linked: list[LinkedTrial]
    notes: Annotated[list[Note], described("What you wrote about the trial, oldest first.")]
    record: Annotated[dict[str, Any], described("The record, field by field.")]


class Cited(Shape, frozen=True):
    """`cite`: a citation of one version, and its parts."""

    trial: str
    version: int
    registry_version: Annotated[int | None, described("The registry's own number of it, as in `history`.")]
    registry: Annotated[str, described("The registry's name.")]
    title: Annotated[str | None, described("The official title, else the brief one.")]
    author: Annotated[str | None, described("Who answers for the record, as the registry names them.")]
    effective: Annotated[Day, described("The first day the public record said this.")]
    observed_at: Annotated[Instant, described("When Trialwatch first held it.")]
    source: Annotated[str, described("poll, import, backfill or page.")]
    url: Annotated[str, described("The registry's page of this version, else of the trial.")]
    permalink: Annotated[bool, described("Whether `url` leads to this very version.")]
    sha256: Annotated[str, described("SHA-256 of the raw document in canonical form.")]
    retrieved_with: Annotated[str, described("This program, with its version.")]
    key: Annotated[str, described("The key of the BibTeX entry.")]
    text: Annotated[str, described("The citation as one line.")]
    bibtex: Annotated[str, described("The citation as a BibTeX entry.")]


class VersionRow(Shape, frozen=True):
    """One version in a history."""

    version: int
    registry_version: Annotated[int | None, described("The registry's own number of it.")]
    effective: Annotated[str, described("The first day the public record said this.")]
    effective_basis: Annotated[str, described("Where that day comes from: posted, submitted, data or page.")]
    observed_at: Instant
    source: Annotated[str, described("poll, import, backfill or page.")]
    status: str | None
    enrollment: Enrollment
    results: str | None
    sha256: Annotated[str, described("SHA-256 of the raw document in canonical form.")]


class History(Shape, frozen=True):
    """`history`: the versions of a trial in timeline order."""

    trial: str
    versions: list[VersionRow]


class FieldValue(Shape, frozen=True):
    """The value of a field in one version."""

    version: int
    effective: str
    value: Annotated[Any, described("A JSON value; null for absent.")]


class Slip(Shape, frozen=True):
    """How far a date went over all versions."""

    first: str
    last: str
    days: int
    moves: int


class FieldSeries(Shape, frozen=True):
    """One field over time."""

    field: str
    values: list[FieldValue]
    slip: Annotated[Slip | None, described("For the start and the completions; else null.")]


class FieldHistory(Shape, frozen=True):
    """`history --field F`: one or more fields over time."""

    trial: str
    fields: list[FieldSeries]


class FieldDifference(Shape, frozen=True):
    """One field, before and after."""

    field: str
    label: Annotated[str, described("The field's name for people.")]
    before: Annotated[Any, described("A JSON value; null for absent.")]
    after: Annotated[Any, described("A JSON value; null for absent.")]


class Diff(Shape, frozen=True):
    """`diff`: the fields that differ between two versions."""

    trial: str
    from_: int = msgspec.field(name="from")
    to: int
    fields: list[FieldDifference]


class RegistrySide(Shape, frozen=True):
    """The registry's version in a comparison with a page."""

    version: int
    effective: str
    observed_at: Instant


class PageSide(Shape, frozen=True):
    """The saved page in a comparison."""

    version: int
    last_updated: Annotated[str | None, described("The day the page gives itself; null when it gives none.")]
    imported_at: Instant
    age_days: int | None
    behind_days: Annotated[int | None, described("Days from the page to the registry's last update.")]


class Disagreement(Shape, frozen=True):
    """One field in which page and registry differ."""

    field: str
    label: str
    registry: Annotated[Any, described("What the registry says; null for nothing.")]
    page: Annotated[Any, described("What the page says; null for nothing.")]


class Compared(Shape, frozen=True):
    """`compare`: what a saved page says beside the registry."""

    trial: str
    registry: RegistrySide
    page: PageSide
    agreeing: Annotated[int, described("How many fields agree.")]
    fields: list[Disagreement]
