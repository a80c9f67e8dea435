"""history: list versions, or follow a field through them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from tracker.cli.loaded_settings import settings
from tracker.cli.render.output import Answer, Output, emit
from tracker.cli.render.tables.version_table import answer_of_versions
from tracker.cli.render.trial_heading import trial_heading
from tracker.cli.typed.arguments import OneTrial
from tracker.context.clock_of import clock_of
from tracker.context.open_door import open_door, opened
from tracker.services.titles import titles_of
from tracker.services.typed.trial_ids import trial_id
from tracker.services.versions.version_list import versions_of

if TYPE_CHECKING:
    from schedules.clock import Clock
    from tracker.config.settings import Settings
    from tracker.services.versions.history import FollowedFields

__all__ = ["command"]


def command(
    id_: OneTrial,
    field: Annotated[
        list[str] | None,
        typer.Option("--field", metavar="FIELD", help="Follow this field, such as dates.completion. Can be repeated."),
    ] = None,
    output: Output = None,
) -> None:
    """List a trial's versions in the order of time, or follow fields through them.

    The last line of a date shows its slip: how many days it moved in all. The names of fields are those of:
    trialwatch show ID --json

    \b
    Example:  trialwatch history NCT05349331
              trialwatch history NCT05349331 --field enrollment.count --field dates.completion
    """
    loaded = settings()
    clock = clock_of(loaded)
    if field:
        answer = _followed(loaded, clock, trial_id(id_), field)
    else:
        with open_door(loaded, clock) as door, door.read() as reader:
            found = versions_of(reader, trial_id(id_))
            answer = answer_of_versions(found, titles_of(reader, [found.trial]).get(found.trial))
    emit(answer, output, pager=True)


def _followed(loaded: Settings, clock: Clock, trial: str, fields: list[str]) -> Answer:
    # Each version is read again for this, so SQLAlchemy and the normalizer are loaded.
    from tracker.services.versions.history import follow_fields  # noqa: PLC0415

    with opened(loaded, clock) as database, database.read() as session:
        followed = follow_fields(session, trial, fields)
    with open_door(loaded, clock) as door, door.read() as reader:
        known = followed.history.trial
        return _answer_of_fields(followed, trial_heading(known, titles_of(reader, [known]).get(known)))


def _answer_of_fields(found: FollowedFields, heading: str) -> Answer:
    document: dict[str, Any] = msgspec.to_builtins(found.history)

    def table() -> None:
        _print_series(heading, document["fields"], found.names)

    return Answer(document, "fields", ("field", "values", "slip"), table=table)


def _print_series(heading: str, fields: list[dict[str, Any]], names: Mapping[str, str]) -> None:
    from tracker.cli.render.page import print_heading, print_series  # noqa: PLC0415  (rich, of no use in a pipe)

    print_heading(heading)
    for series in fields:
        print_series(series, names)
