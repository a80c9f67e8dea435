"""What each tool takes. An argument that is not declared is refused: an ignored one would look like an answer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "ChangesWanted",
    "DueWanted",
    "OutcomesWanted",
    "ReportedWanted",
    "ResultsWanted",
    "SimilarWanted",
    "TrialWanted",
    "TrialsWanted",
    "Wanted",
]

USUAL_ROWS, MOST_ROWS = 20, 100
_LARGEST = 2**63 - 1
_TrialId = Annotated[
    str, Field(max_length=300, description="The id of a trial: NCT05349331, or a EudraCT number. In any case.")
]
_Limit = Annotated[int, Field(ge=1, le=MOST_ROWS, description="At most so many rows.")]
_After = Annotated[str | None, Field(max_length=2000, description="`next` of the page before.")]
_Tag = Annotated[str | None, Field(max_length=300, description="Only trials with this tag of the user.")]
_Words = Annotated[list[str] | None, Field(max_length=50)]
_Severity = Literal["critical", "major", "minor", "admin"]


class Wanted(BaseModel):
    """The arguments of one tool."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _InParts(Wanted):
    """Of tools whose answer may be asked for in parts."""

    part: Annotated[
        str,
        Field(max_length=500, description="Only this place of `data`, as left_off names it: /record/eligibility."),
    ] = ""
    skip: Annotated[
        int, Field(ge=0, le=10**9, description="With part: leave out so many first entries or characters.")
    ] = 0


class TrialsWanted(Wanted):
    """Which trials, and in which order."""

    words: Annotated[
        str, Field(max_length=2000, description="Words that must all occur in the id, the title or the sponsor.")
    ] = ""
    watched_only: Annotated[bool, Field(description="Only what the user watches; false: everything stored.")] = False
    tag: _Tag = None
    status: Annotated[_Words, Field(description="Only in one of these statuses: recruiting, completed.")] = None
    results: Annotated[
        list[Literal["none", "submitted", "returned", "cancelled", "posted", "unknown"]] | None,
        Field(max_length=6, description="Only with results in one of these states."),
    ] = None
    owing: Annotated[bool, Field(description="Only trials whose results are missing past the grace of a rule.")] = False
    sort: Annotated[
        Literal["trial", "title", "status", "changed", "due", "slip", "checked", "late"],
        Field(description="The order. changed: the latest change first. late: the most days late first."),
    ] = "changed"
    limit: _Limit = USUAL_ROWS
    after: _After = None


class TrialWanted(_InParts):
    """Which version of a trial."""

    trial: _TrialId
    as_of: Annotated[
        str | None,
        Field(max_length=100, description="The record on this day: 2024-12-01, 2024-12 (its last day), 30d (ago)."),
    ] = None
    basis: Annotated[
        Literal["registry", "known"],
        Field(description="With as_of. registry: in effect that day. known: what was observed here by then."),
    ] = "registry"
    version: Annotated[int | None, Field(ge=0, le=_LARGEST, description="A version by its number.")] = None


class ChangesWanted(_InParts):
    """Which changes, from which one on."""

    after: Annotated[
        int | None, Field(ge=0, le=_LARGEST, description="Only changes after this seq: `up_to` of the last answer.")
    ] = None
    store: Annotated[
        str | None, Field(max_length=100, description="With after: `store` of the answer that gave the seq.")
    ] = None
    since: Annotated[
        str | None, Field(max_length=100, description="From this day on: 2026-01-31, 2026-01, yesterday, 7d, 1month.")
    ] = None
    until: Annotated[str | None, Field(max_length=100, description="Up to the end of this day, as since.")] = None
    trials: Annotated[_Words, Field(description="Only about these trials, by id.")] = None
    kinds: Annotated[_Words, Field(description="Kinds or patterns: results.*, status.changed, outcome.*")] = None
    min_severity: Annotated[_Severity | None, Field(description="This severity and those above it.")] = None
    tag: _Tag = None
    limit: _Limit = USUAL_ROWS


class ResultsWanted(_InParts):
    """Whose results."""

    trials: Annotated[list[str], Field(min_length=1, max_length=20, description="At most 20 ids of trials.")]


class DueWanted(Wanted):
    """Which duties to make results public."""

    before: Annotated[
        str | None,
        Field(max_length=100, description="With what will be due before this day, today or later. Default: 60 days."),
    ] = None
    rule: Annotated[
        Literal["fdaaa801", "eu-ctr", "who-2017"] | None, Field(description="Only what this rule asks for.")
    ] = None
    tag: _Tag = None
    sponsor: Annotated[str | None, Field(max_length=300, description="A part of the sponsor's name.")] = None
    sort: Annotated[
        Literal["late", "due", "trial"], Field(description="The order: most days late first, by due day, or by trial.")
    ] = "late"
    with_sponsors: Annotated[bool, Field(description="With the 20 sponsors that owe most, in `sponsors`.")] = False
    limit: _Limit = USUAL_ROWS
    after: Annotated[str | None, Field(pattern=r"^[0-9]{1,9}$", description="`next` of the page before.")] = None


class SimilarWanted(Wanted):
    """How many similar trials, and which."""

    trial: _TrialId
    status: Annotated[_Words, Field(description="Only in one of these statuses, such as recruiting.")] = None
    phase: Annotated[_Words, Field(description="1 to 4, early1 or na.")] = None
    country: Annotated[_Words, Field(description="Only with a site in one of these countries.")] = None
    has_results: Annotated[bool, Field(description="Only with posted results.")] = False
    limit: _Limit = 10


class ReportedWanted(_InParts):
    """Which version's results."""

    trial: _TrialId
    version: Annotated[int | None, Field(ge=0, le=_LARGEST, description="Default: the current version.")] = None


class OutcomesWanted(ReportedWanted):
    """Which outcomes."""

    verdicts: Annotated[
        list[
            Literal[
                "reported",
                "retimed",
                "moved",
                "perhaps",
                "not_reported",
                "not_yet",
                "no_data",
                "unknown",
                "part_of",
                "never_registered",
            ]
        ]
        | None,
        Field(max_length=10, description="Only these verdicts: not_reported for what is missing."),
    ] = None
