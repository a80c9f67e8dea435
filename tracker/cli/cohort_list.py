"""What `list --cohorts` prints: the saved searches that bring new trials."""

from __future__ import annotations

from schedules.clock import Clock
from storage.reads.in_session import SessionReader
from tracker.cli.render.output import Output, emit
from tracker.cli.render.tables.cohort_table import answer_of_cohorts
from tracker.config.settings import Settings
from tracker.context.open_store import read_store
from tracker.services.similar.cohorts import list_cohorts
from tracker.services.titles import titles_of

__all__ = ["print_cohorts"]


def print_cohorts(loaded: Settings, clock: Clock, output: Output) -> None:
    with read_store(loaded, clock) as session:
        found = list_cohorts(session)
        titles = titles_of(SessionReader(session), [it.seed for it in found if it.seed])
    emit(answer_of_cohorts(found, titles), output, pager=True)
