"""history: list versions, or follow a field through them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
import typer

from tracker.cli.arguments import OneTrial, trial_id
from tracker.cli.loaded_settings import settings
from tracker.cli.render.output import Answer, Output, emit
from tracker.cli.render.tables.version_table import answer_of_versions
from tracker.context.open_store import read_store
from tracker.services.versions.history import FollowedFields, follow_fields, versions_of

__all__ = ["command"]


def command(
    id_: OneTrial,
    field: Annotated[
        list[str] | None, typer.Option("--field", metavar="F", help="One field over time; may be given several times.")
    ] = None,
    output: Output = None,
) -> None:
    """List a trial's versions in the order of time, or follow fields through them.

    A field that is one of the trial's own dates ends with its slip: the number of days it moved over all versions.

    \b
    Example:  trialwatch history NCT05349331 --field enrollment.count --field dates.completion
    """
    with read_store(settings()) as session:
        if field:
            answer = _answer_of_fields(follow_fields(session, trial_id(id_), field))
        else:
            answer = answer_of_versions(versions_of(session, trial_id(id_)))
    emit(answer, output)


def _answer_of_fields(found: FollowedFields) -> Answer:
    document: dict[str, Any] = msgspec.to_builtins(found.history)
    return Answer(
        document, "fields", ("field", "values", "slip"), table=lambda: _print_series(document["fields"], found.names)
    )


def _print_series(fields: list[dict[str, Any]], names: Mapping[str, str]) -> None:
    from tracker.cli.render.page import print_series  # noqa: PLC0415  (rich, which a pipe has no use for)

    for series in fields:
        print_series(series, names)
