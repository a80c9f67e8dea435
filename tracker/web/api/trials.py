"""`/api/v1/trials/...`: one trial, its versions, fields, differences, results, and trials like it."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from storage.reads.in_session import SessionReader
from tracker.api.results import Results
from tracker.api.similar import Similar
from tracker.context.progress import silent
from tracker.services.results.results_report import ResultsRequest, results_report
from tracker.services.similar.one_search import in_turn
from tracker.services.similar.stored_similar import stored_similar
from tracker.services.spelling import as_parameter
from tracker.services.typed.similar_filters import similar_filters
from tracker.services.typed.trial_ids import trial_id
from tracker.services.typed.version_choice import typed_ends, version_choice
from tracker.services.versions.diff import diff
from tracker.services.versions.history import follow_fields
from tracker.services.versions.reported import reported_results
from tracker.services.versions.show import VersionChoice, show, show_raw
from tracker.services.versions.version_list import versions_of
from tracker.web.api.openapi import answers
from tracker.web.api.parameters import (
    LARGEST_NUMBER,
    LARGEST_PAGE,
    FromSite,
    NoParameters,
    Parameters,
    TrialInPath,
)
from tracker.web.responses import json_answer
from tracker.web.site import Site

__all__ = ["ROUTES"]

ROUTES = APIRouter(tags=["trials"])
Version = Annotated[
    int | None, Field(ge=0, le=LARGEST_NUMBER, description="The number of a version. Default: the current one.")
]
End = Annotated[
    str | None, Field(description="A version number or a day. Default of both ends: the last two versions.")
]


class ShownWanted(Parameters):
    """Which version to show."""

    version: Version = None
    as_of: Annotated[
        str | None,
        Field(description="The record on this day: 2024-06-01, 2024-06 (its last day), 7d.", examples=["2024-06-01"]),
    ] = None
    basis: Annotated[
        Literal["registry", "known"],
        Field(description="With as_of. registry: in effect that day. known: seen here by then."),
    ] = "registry"


class VersionWanted(Parameters):
    """Which version."""

    version: Version = None


class FieldsWanted(Parameters):
    """Which fields."""

    field: Annotated[
        list[str],
        Field(
            min_length=1,
            max_length=50,
            description="A field, named as in the record of /trials/{trial}. Can be repeated.",
            examples=[["dates.completion"]],
        ),
    ]


class DiffWanted(Parameters):
    """Which two versions."""

    from_: Annotated[End, Field(alias="from", examples=["1"])] = None
    to: Annotated[End, Field(examples=["2"])] = None


class SimilarWanted(Parameters):
    """How many similar trials, and which."""

    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE, description="At most so many.")] = 10
    status: Annotated[
        list[str] | None, Field(description="Only with this status, such as recruiting. Can be repeated.")
    ] = None
    phase: Annotated[list[str] | None, Field(description="1 to 4, early1 or na. Can be repeated.")] = None
    country: Annotated[list[str] | None, Field(description="Only with a site there. Can be repeated.")] = None
    has_results: Annotated[bool, Field(description="Only with posted results.")] = False


@ROUTES.get("/trials/{trial:path}/versions", **answers("/trials/{trial}/versions", "The versions of a trial.", 404))
def versions(
    request: Request, site: FromSite, trial: TrialInPath, _wanted: Annotated[NoParameters, Query()]
) -> Response:
    """List the versions of a trial in the order of time, as `trialwatch history`."""
    with site.database.read() as session:
        found = versions_of(SessionReader(session), trial_id(trial))
    return json_answer(request, found)


@ROUTES.get("/trials/{trial:path}/fields", **answers("/trials/{trial}/fields", "The values of each field.", 404, 422))
def fields(request: Request, site: FromSite, trial: TrialInPath, wanted: Annotated[FieldsWanted, Query()]) -> Response:
    """Follow fields through the versions of a trial, as `trialwatch history --field`."""
    with site.database.read() as session:
        found = follow_fields(session, trial_id(trial), list(dict.fromkeys(wanted.field)))
    return json_answer(request, found.history)


@ROUTES.get("/trials/{trial:path}/diff", **answers("/trials/{trial}/diff", "The fields that differ.", 404, 422))
def compared(request: Request, site: FromSite, trial: TrialInPath, wanted: Annotated[DiffWanted, Query()]) -> Response:
    """Compare two versions of a trial, as `trialwatch diff`."""
    with site.database.read() as session:
        found = diff(SessionReader(session), trial_id(trial), typed_ends(wanted.from_, wanted.to, site.now))
    if found.left_out is not None:
        raise found.left_out  # the shape has no place to say so
    return json_answer(request, found.diff)


@ROUTES.get("/trials/{trial:path}/raw", **answers("/trials/{trial}/raw", "The registry's own document.", 404, 422))
def raw(request: Request, site: FromSite, trial: TrialInPath, wanted: Annotated[VersionWanted, Query()]) -> Response:
    """Return the registry's own document of one version, as `trialwatch show --raw`."""
    with site.database.read() as session:
        found = show_raw(SessionReader(session), trial_id(trial), VersionChoice(wanted.version))
    return json_answer(request, found)


@ROUTES.get("/trials/{trial:path}/results", **answers("/trials/{trial}/results", "Where the results stand.", 404, 422))
def results(
    request: Request, site: FromSite, trial: TrialInPath, _wanted: Annotated[NoParameters, Query()]
) -> Response:
    """Say where the results of a trial stand and who asks for them by when, as `trialwatch results`."""
    asked = ResultsRequest(trials=[trial_id(trial)])
    found = results_report(site.door, lambda: nullcontext(site.database), asked, site.now, silent)
    return json_answer(request, Results(trials=list(found.rows()), sponsors=list(found.cards)))


@ROUTES.get("/trials/{trial:path}/reported", **answers("/trials/{trial}/reported", "What was reported.", 404, 422))
def reported(
    request: Request, site: FromSite, trial: TrialInPath, wanted: Annotated[VersionWanted, Query()]
) -> Response:
    """Return what one version reported as results, as `trialwatch results --reported`."""
    with site.database.read() as session:
        found = reported_results(SessionReader(session), trial_id(trial), VersionChoice(wanted.version))
    return json_answer(request, found)


@ROUTES.get("/trials/{trial:path}/similar", **answers("/trials/{trial}/similar", "The most alike first.", 404, 422))
async def similar(
    request: Request, site: FromSite, trial: TrialInPath, wanted: Annotated[SimilarWanted, Query()]
) -> Response:
    """Rank the other stored trials by what they share with one, as `trialwatch similar --stored`. No registry is asked.

    The first such question after a poll brings an index up to date, and takes longer.
    """
    found = await in_turn(partial(_similar, site, trial_id(trial), wanted))
    return json_answer(request, found)


@ROUTES.get("/trials/{trial:path}", **answers("/trials/{trial}", "One version of a trial.", 404, 422))
def one_trial(
    request: Request, site: FromSite, trial: TrialInPath, wanted: Annotated[ShownWanted, Query()]
) -> Response:
    """Return one version of a trial: the current one, an older one, or that of a day, as `trialwatch show`."""
    choice = version_choice(wanted.version, wanted.as_of, wanted.basis, site.now, as_parameter)
    with site.database.read() as session:
        found = show(SessionReader(session), trial_id(trial), choice)
    return json_answer(request, found.document)


def _similar(site: Site, trial: str, wanted: SimilarWanted) -> Similar:
    filters = similar_filters(wanted.status, wanted.phase, wanted.country, wanted.has_results, as_parameter)
    return stored_similar(site.database, site.settings.derived, trial, wanted.limit, filters)
