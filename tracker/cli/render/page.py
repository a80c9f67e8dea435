"""Pages for a terminal: a record, a difference, a field over time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

from storage.reads.trials.versions import Version
from storage.values.states import ResultsState, VersionSource
from tracker.changes.fields import field_of
from tracker.changes.wording.code_words import code_words
from tracker.changes.wording.safety import serious_words
from tracker.changes.wording.values import field_words, told_keys, value_words, values_apart
from tracker.changes.wording.words import count_of, listed, shortened, status_words
from tracker.cli.render.column import Column
from tracker.cli.render.local_time import local_minute
from tracker.cli.render.table import print_table
from tracker.cli.render.table_layout import cut
from tracker.cli.render.tables.reported_table import print_reported
from tracker.cli.render.terminal import console, hanging
from tracker.cli.render.trial_heading import trial_heading
from tracker.records.clean import clean
from tracker.records.dates import RegistryDate
from tracker.records.one_line import one_line
from tracker.records.paths import NOTHING
from tracker.records.trial import CountryPart, OutcomeMeasure, TrialRecord

__all__ = ["print_diff", "print_heading", "print_page", "print_reported", "print_series"]

_MOST = 300
"""The most characters of a text in a table."""
_MANY = 12
_BULLET = re.compile(r"\s*(?:[*-]|\d+[.)])\s+")


class _Page:
    """Headings and labelled lines, printed as they come. Only `text` keeps line breaks: no value can fake a field."""

    def __init__(self) -> None:
        self.out: Console = console()

    def heading(self, text: str) -> None:
        self.out.print()
        self.out.print(Text(clean(one_line(text)), style="bold"))

    def line(self, label: str, value: object) -> None:
        if value in (None, "", (), "-"):
            return
        hanging(self.out, Text(f"  {label:<20} ", style="dim"), Text(clean(one_line(str(value)))))

    def text(self, value: str | None) -> None:
        """Print free text with its own lines. Items of a list are indented below themselves."""
        for line in clean(value or "").splitlines():
            if lead := _BULLET.match(line):
                hanging(self.out, lead.group(), Text(line[lead.end() :]))
            else:
                self.out.print(Text(line))

    def items(self, values: Iterable[str]) -> None:
        shown = list(values)
        for value in shown[:_MANY]:
            hanging(self.out, "  - ", Text(clean(one_line(value))))
        if len(shown) > _MANY:
            self.out.print(f"  and {len(shown) - _MANY:,} more", style="dim")


def print_page(record: TrialRecord, about: dict[str, Any]) -> None:
    """Print the whole record, in the order of a reader's questions."""
    page = _Page()
    page.out.print(Text(clean(one_line(record.title.brief or record.trial)), style="bold"))
    observed = local_minute(str(about["observed_at"]))
    since = "a page of" if about["source"] == VersionSource.PAGE else "in effect from"
    if about["version"] is None:
        version = f"not stored, in effect from {about['effective']}, asked for {observed}"
    else:
        version = f"version {about['version']}, {since} {about['effective']}, seen by us {observed}"
    page.out.print(Text(clean(f"{record.trial} · {version}"), style="dim"))
    page.out.print(Text(clean(record.url or ""), style="dim"))
    for other in about["linked"]:
        watched = {True: ", watched", False: ", not watched"}.get(other["watched"], "")
        page.line("Also registered as", f"{other['trial']}{watched}")
    if about["notes"]:
        page.heading("Your notes")
        for written in about["notes"]:
            page.line(local_minute(written["noted_at"]), written["text"])
    _print_status(page, record)
    _print_design(page, record)
    _print_people(page, record)
    _print_protocol(page, record)
    if record.warnings:
        page.heading("Carried as it came")
        page.items(record.warnings)


def _print_status(page: _Page, record: TrialRecord) -> None:
    page.heading("Status")
    page.line("Status", status_words(record.status) + (f": {record.why_stopped}" if record.why_stopped else ""))
    if record.last_known_status:
        page.line("Last known status", status_words(record.last_known_status))
    count, kind = record.enrollment.count, record.enrollment.type
    page.line(
        "Enrollment", None if count is None else f"{count_of(count, 'participant')} ({(kind or 'not said').lower()})"
    )
    page.line("Start", _date(record.dates.start))
    page.line("Primary completion", _date(record.dates.primary_completion))
    page.line("Completion", _date(record.dates.completion))
    page.line("Last update posted", _date(record.dates.last_update_posted))
    _print_results(page, record)


def _print_results(page: _Page, record: TrialRecord) -> None:
    found = record.results
    state = "none submitted" if found.state == ResultsState.NONE else found.state or "not told by this source"
    page.line("Results", state)
    for round_ in found.submissions:
        end = f"returned {round_.returned}" if round_.returned else ""
        if round_.cancelled or round_.cancelled_unknown:
            end = f"cancelled {round_.cancelled or 'on an unknown day'}"
        page.line("", f"submitted {round_.submitted or 'on an unknown day'}, {end or 'under review'}")
    page.line("Results posted", _date(found.first_posted))
    if found.summary:
        numbers = found.summary
        measures = f"{numbers.primary_measures} primary and {count_of(numbers.secondary_measures, 'secondary measure')}"
        page.line("", measures)
        page.line("", None if numbers.participants is None else count_of(numbers.participants, "participant"))
        page.line("", serious_words(numbers.event_groups, most=_MANY, name=60))
    if found.delay:
        page.line("Delay certified", found.delay.first_submitted or "yes")


def _print_design(page: _Page, record: TrialRecord) -> None:
    page.heading("Design")
    design = record.design
    page.line("Study type", _words("study_type", record.study_type))
    page.line("Phase", ", ".join(_words("phases", phase) for phase in record.phases))
    page.line("Conditions", listed(record.conditions, most=8))
    page.line("Allocation", _words("design.allocation", design.allocation))
    page.line("Model", _words("design.model", design.model or design.observational_model))
    page.line("Purpose", _words("design.purpose", design.purpose))
    page.line("Masking", _words("design.masking", design.masking))
    for arm in record.arms.values():
        page.line("Arm", _described(arm.label, arm.type, arm.description))
        page.line("", ", ".join(arm.interventions))
    for item in record.interventions.values():
        page.line("Intervention", _described(item.name, item.type, item.description))


def _described(name: str, kind: str | None, description: str | None) -> str:
    headline = f"{name} ({_words('arms.any.type', kind) or 'no type'})"
    return f"{headline}: {shortened(description, 400)}" if description else headline


def _print_people(page: _Page, record: TrialRecord) -> None:
    page.heading("Who and where")
    page.line("Lead sponsor", record.sponsor.lead)
    page.line("Collaborators", listed([item.name for item in record.sponsor.collaborators.values()], most=6))
    party = record.sponsor.responsible_party
    if party:
        page.line(
            "Responsible party",
            ", ".join(
                part for part in (party.name, party.title, _words("sponsor.responsible_party.type", party.type)) if part
            ),
        )
    page.line("Countries", listed(record.countries, most=10))
    for country, part in record.parts.items():
        page.line(country, ", ".join(_part(part)))
    page.line("Sites", count_of(len(record.sites), "site") if record.sites else None)
    sites = [
        ", ".join(part for part in (site.facility, site.city, site.state, site.country) if part)
        + (f" ({status_words(site.status)})" if site.status else "")
        for site in record.sites.values()
    ]
    page.items(sites)
    page.line("Other ids", listed(list(dict.fromkeys(item.id for item in record.identifiers.values())), most=8))
    page.line("Related trials", listed(record.related, most=8))


def _part(part: CountryPart) -> Iterator[str]:
    """Yield what one country says about the trial."""
    yield part.status or "no status"
    if part.subjects is not None:
        yield f"{count_of(part.subjects, 'participant')} planned"
    if part.decision:
        yield f"{part.decision.lower()} {part.decided or ''}".strip()
    if part.ended:
        yield f"ended {part.ended}"


def _print_protocol(page: _Page, record: TrialRecord) -> None:
    for heading, outcomes in (
        ("Primary outcomes", record.outcomes.primary),
        ("Secondary outcomes", record.outcomes.secondary),
    ):
        if outcomes:
            page.heading(heading)
            page.items(_outcome(item) for item in outcomes.values())
    if record.summary:
        page.heading("Summary")
        page.text(record.summary)
    if record.description:
        page.heading("Description")
        page.text(record.description)
    eligibility = record.eligibility
    page.heading("Eligibility")
    ages = f"{eligibility.minimum_age or 'any age'} to {eligibility.maximum_age or 'any age'}"
    page.line("Ages and sex", f"{ages}, {_words('eligibility.sex', eligibility.sex) or 'sex not said'}")
    volunteers = eligibility.healthy_volunteers
    page.line("Healthy volunteers", None if volunteers is None else "yes" if volunteers else "no")
    page.text(eligibility.criteria)
    if record.other:
        page.heading("Also said")
        for name, value in record.other.items():
            page.line(field_words(f"other.{name}", "Field"), shortened(value_words(f"other.{name}", value), _MOST))
    if record.references:
        page.heading("References")
        page.items(shortened(item.citation or item.pmid or "", 110) for item in record.references.values())


def _outcome(item: OutcomeMeasure) -> str:
    return f"{item.measure} [{item.time_frame}]" if item.time_frame else item.measure


def _date(value: RegistryDate | None) -> str:
    if value is None:
        return ""
    return f"{value.date} ({value.type.lower()})" if value.type else value.date


def _words(field: str, code: str | None) -> str:
    return code_words(code, field) if code else ""


def print_diff(document: dict[str, Any], before: Version, after: Version, names: Mapping[str, str]) -> None:
    """Print each field before and after. `names` has the record's names for the things that fields describe."""
    out = console()
    print_heading(trial_heading(document["trial"], after.title))
    out.print(f"version {before.version} ({before.effective}) to version {after.version} ({after.effective})")
    if not document["fields"]:
        out.print("Nothing differs in what is compared.")
        return
    columns = (
        Column("field", "Field", lambda row: field_words(row["field"], row["label"], names), room=2),
        Column("before", "Before", lambda row: _sides(row)[0], room=2, style=lambda _: "red"),
        Column("after", "After", lambda row: _sides(row)[1], room=2, style=lambda _: "green"),
    )
    idle = told_keys(row["field"] for row in document["fields"])
    print_table(columns, [row for row in document["fields"] if row["field"] not in idle])


def _sides(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return what was there before and after, in words. Long texts start shortly before the difference."""
    return values_apart(row["field"], row["before"], row["after"], _MOST)


def print_heading(text: str) -> None:
    """Print the line above what is shown of one trial."""
    out = console()
    out.print(Text(cut(clean(text), out.width), style="bold"))


def print_series(series: dict[str, Any], names: Mapping[str, str]) -> None:
    """Print one field over time: a line for each version in which its value changed."""
    out, field = console(), str(series["field"])
    out.print(Text(clean(field_words(field, field_of(tuple(field.split("."))).label, names)), style="bold"))
    last: Any = NOTHING
    for value in series["values"]:
        if last is NOTHING or value["value"] != last:
            before = value["value"] if last is NOTHING else last
            words = values_apart(field, before, value["value"], _MOST)[1]
            line = f"  {value['effective']}  version {value['version']:>3}  {words}"
            out.print(Text(clean(line)))
        last = value["value"]
    if series["slip"]:
        out.print(Text(f"  {_slipped(series['slip'])}", style="bold"))


def _slipped(slip: Mapping[str, Any]) -> str:
    days, moves = slip["days"], count_of(slip["moves"], "move")
    if not days:
        return f"No slip in all: {moves}, and back to {slip['last']}" if slip["moves"] else "It never moved."
    way = "later" if days > 0 else "earlier"
    return f"In all {count_of(abs(days), 'day')} {way}, in {moves}: from {slip['first']} to {slip['last']}"
