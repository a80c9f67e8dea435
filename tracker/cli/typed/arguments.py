"""Arguments and options that several commands share, and how they are parsed."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = [
    "TIMES_HELP",
    "ChannelName",
    "Force",
    "Keys",
    "OneChannel",
    "OneTrial",
    "Since",
    "StoredTrials",
    "Tag",
    "Tags",
    "TrialsOrCohort",
    "TrialsOrQuery",
    "Until",
    "WatchedTrials",
    "storable",
]

ID_HELP = "A trial number (NCT05349331, EudraCT 2011-005852-33) or the address of its page."
TIMES_HELP = (
    "a day, month or year (2026-01-31, 2026-01, 2026), yesterday, monday, an age (12h, 7d, "
    "2weeks, 1month, 3y) or 2026-01-31T14:30Z. Days begin at midnight UTC."
)
IDS_HELP = (
    "Trial numbers (NCT05349331, EudraCT 2011-005852-33) or addresses of their pages, separated by blanks or commas."
)
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help=f"Only from this time on: {TIMES_HELP}")]
Until = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="TIME",
        help="Only up to this time, written as in --since. A day, month, year or second counts to its end.",
    ),
]
WatchedTrials = Annotated[
    list[str] | None, typer.Argument(metavar="ID", help=f"{IDS_HELP} Default: all watched trials.")
]
StoredTrials = Annotated[
    list[str] | None,
    typer.Argument(metavar="ID", help=f"{IDS_HELP} Default: all stored trials, also those no longer watched."),
]
TrialsOrQuery = Annotated[
    list[str] | None, typer.Argument(metavar="ID", help=f"{IDS_HELP} Needed unless --query is given.")
]
TrialsOrCohort = Annotated[
    list[str] | None, typer.Argument(metavar="ID", help=f"{IDS_HELP} Needed unless --cohort is given.")
]


def _new_tags(tags: list[str] | None) -> list[str] | None:
    if not tags:
        return tags
    from tracker.services.labels.tag_names import new_tag  # noqa: PLC0415  (the patterns of all ids, for few commands)

    return [new_tag(tag) for tag in tags]


Tag = Annotated[str | None, typer.Option("--tag", metavar="TAG", help="Only trials with this tag.")]
Tags = Annotated[
    list[str] | None,
    typer.Option(
        "--tag",
        metavar="TAG",
        help="Tag the trials. Can be repeated.",
        callback=_new_tags,
    ),
]
OneTrial = Annotated[str, typer.Argument(metavar="ID", help=ID_HELP)]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")]
Keys = Annotated[
    list[str] | None, typer.Argument(metavar="MESSAGE", help="Keys of messages, or the beginnings of keys.")
]
OneChannel = Annotated[str | None, typer.Option("--channel", metavar="CHANNEL", help="Only messages to this channel.")]
ChannelName = Annotated[
    str,
    typer.Argument(metavar="CHANNEL", help="The name of a channel, such as me. All of them: trialwatch alerts check"),
]


def storable(number: int | None) -> int | None:
    """Check an option that takes a number: refuse one larger than a database can hold."""
    if number is not None and abs(number) >= 2**63:
        raise typer.BadParameter("no number here is that large")
    return number
