"""`init`: the three answers as a person types them, and the steps that follow from them, in their order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar
from urllib.parse import quote

from sqlmodel import Session

from schedules.clock import Clock
from storage.versions import history
from storage.watching import watches
from tracker.alerts.channels.channel import Draft, Wish
from tracker.api.config import AddedChannel
from tracker.config.settings import Settings
from tracker.errors import InvalidTrialId, UsageError
from tracker.services.alerts.add import add_and_test, known_channel
from tracker.services.beginning.run_mode import RunMode, Running, run_by_itself
from tracker.services.typed.trial_ids import trial_ids
from tracker.services.watching.watch_query import USUAL_CAP, query_cohort
from tracker.similar.cohorts.cohort_definition import Definition

__all__ = [
    "NOTHING",
    "SAMPLE_TRIAL",
    "SMTP",
    "Answers",
    "Begun",
    "Subject",
    "begin",
    "is_untouched",
    "subject_of",
    "with_server",
]

SAMPLE_TRIAL = "NCT05349331"
NOTHING = "nothing"
"""The answer of those who want to be told nowhere."""
SMTP = "--smtp"
"""The subject of an error that says which mail server is missing."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Subject:
    """What to watch: trials, or else what a search finds."""

    trials: Sequence[str] = ()
    cohort: Definition | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """Where to tell (None: nowhere), the secrets that the channel wants, and how to run (None: it runs already)."""

    draft: Draft | None
    mode: RunMode | None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Begun(Generic[_T]):
    """What was set up. `known`: the name of a channel that led to the address before."""

    channel: AddedChannel | None
    known: str
    watched: _T
    running: Running


def is_untouched(session: Session) -> bool:
    """Return whether nothing is watched, and nothing has ever happened in a store."""
    return not watches.watched(session) and not history.last_seq(session)


def subject_of(text: str) -> Subject:
    """Return what a person wants to watch: numbers, addresses of pages, or words to search for.

    Raise UsageError for nothing, and InvalidTrialId for what has digits and names no trial, as it is more likely a
    typing error than a search.
    """
    words = text.replace(",", " ").split()
    if not words:
        raise UsageError(f"Name at least one trial, such as {SAMPLE_TRIAL}, or words to search for", subject="trials")
    try:
        return Subject(trial_ids(words))
    except InvalidTrialId:
        if any(sign.isdigit() for sign in text):
            raise
    return Subject(cohort=query_cohort([f"term={text}"], USUAL_CAP, ()))


def with_server(wish: Wish, server: str, address: str) -> Wish:
    """Return the wish with a mail server, given as a whole address or as a host."""
    smtp = server if "://" in server else f"smtp+starttls://{quote(address)}@{server}"
    return replace(wish, smtp=smtp)


def begin(
    environment: Mapping[str, str],
    settings: Settings,
    clock: Clock,
    answers: Answers,
    watch: Callable[[], _T],
    told: Callable[[AddedChannel | None, str], None] = lambda _added, _known: None,
) -> Begun[_T]:
    """Add the channel and send it a sample, watch, and let the program run by itself.

    `watch` watches with the settings as they are then. `told` gets the channel that was added, or the name of a known
    one, before anything is watched. Raise UsageError, with nothing done, for a channel that cannot be used.
    """
    draft = answers.draft
    known = known_channel(settings, draft) if draft is not None else ""
    channel = None
    if draft is not None and not known:
        channel = add_and_test(environment, draft, "", answers.secrets, clock, test=True)
    if draft is not None:
        told(channel, known)
    watched = watch()
    # The daemon starts last: it would hold the poll while the first records are fetched.
    running = run_by_itself(answers.mode, environment) if answers.mode is not None else Running(RunMode.BY_HAND)
    return Begun(channel, known, watched, running)
