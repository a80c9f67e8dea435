"""What every route takes: the site, the id of a trial, and parameters of which each is known and comes once."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request

from tracker.errors import UsageError
from tracker.web.site import Site
from tracker.web.waiting.streams import Streams

__all__ = [
    "LARGEST_NUMBER",
    "LARGEST_PAGE",
    "USUAL_PAGE",
    "FromSite",
    "FromStreams",
    "NoParameters",
    "Parameters",
    "TrialInPath",
    "refuse_repeated",
]

LARGEST_PAGE = 1000
USUAL_PAGE = 100
LARGEST_NUMBER = 2**63 - 1
"""That a database can hold."""
REPEATED = frozenset({"country", "field", "kind", "phase", "results", "severity", "status", "trial"})
"""The parameters that may come more than once."""


class Parameters(BaseModel):
    """The parameters of one route. One that is not declared is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoParameters(Parameters):
    """Of a route that takes none."""


async def refuse_repeated(request: Request) -> None:
    """Raise UsageError for a parameter that comes twice where only one of them could count."""
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if names.count(name) > 1 and name not in REPEATED:
            raise UsageError(f"{name[:40]} is given more than once; give it once", subject=name[:40])


# Both are `async`, so that they need no thread.
async def _site(request: Request) -> Site:
    found: Site = request.app.state.site
    return found


async def _streams(request: Request) -> Streams:
    found: Streams = request.app.state.streams
    return found


FromSite = Annotated[Site, Depends(_site)]
FromStreams = Annotated[Streams, Depends(_streams)]
TrialInPath = Annotated[
    str,
    Path(
        description=(
            "The id of a trial as the commands take it: NCT05349331 in any case, a EudraCT number, or the encoded "
            "address of its page. An obsolete id leads to the trial that it became."
        ),
        examples=["NCT05349331"],
    ),
]
