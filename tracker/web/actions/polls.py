"""Look at the registries now, or store what a held run has read: as `poll` and `poll --accept` do."""

from __future__ import annotations

from functools import partial

from storage.values.states import RunOutcome
from tracker.app import open_delivery
from tracker.changes.wording.words import count_of
from tracker.context.progress import silent
from tracker.errors import UnknownTrial
from tracker.services.polling.poll import Polled, PollRequest, check_held, poll_now
from tracker.services.typed.trial_ids import trial_id
from tracker.web.actions.action import Action, Deed, Done, Later
from tracker.web.actions.numbers import number_of

__all__ = ["ACCEPT", "LOOK"]

_MOST = 5


def _look(deed: Deed) -> Later:
    trial = trial_id(deed.form["trial"]) if deed.form["trial"] else ""
    return Later(
        key=f"look {trial}",
        title=f"Look at {trial}" if trial else "Look at all watched trials",
        begun="A look has begun. What came of it will stand on the page Status.",
        work=partial(_poll, deed, PollRequest([trial] if trial else None)),
    )


def _accept(deed: Deed) -> Done | Later:
    run = number_of(deed.form, "run")
    try:
        with deed.open() as opened, opened.context.database.read() as session:
            check_held(session, run)
    except UnknownTrial:
        return Done(f"Run {run} is not held any more. Nothing was changed.", {"run": run, "changed": False})
    return Later(
        key=f"accept {run}",
        title=f"Accept run {run}",
        begun=f"What run {run} has read is being stored now. What came of it will stand on the page Status.",
        work=partial(_poll, deed, PollRequest(None, accept=run)),
        patience=6.0,
    )


def _poll(deed: Deed, request: PollRequest) -> Done:
    with deed.open() as opened:
        delivery = open_delivery(opened.context, opened.settings, deed.site.stopping.is_set)
        polled = poll_now(opened.context, request, delivery, silent, lambda _part, _holder: None)
    report = polled.report
    return Done(_sentence(polled), {"run": report.run, "outcome": report.outcome, "accepted": request.accept})


def _sentence(polled: Polled) -> str:
    report = polled.report
    if polled.is_idle:
        return "Nothing is watched, so nothing was looked at."
    if report.outcome == RunOutcome.UNCHANGED:
        return "Nothing new: the registry's data has been read already."
    said = [
        f"Poll {report.run} is {report.outcome}: {report.new:,} new, {report.changed:,} changed, "
        f"{report.unchanged:,} unchanged of {count_of(report.checked, 'trial')}."
    ]
    said += [f"Held: {it.reason.rstrip('.')}." for it in report.held]
    troubles = [(it.trial, it.reason) for it in report.failed]
    troubles += [(it.trial, it.reason) for it in report.quarantined]
    said += [f"{trial}: {reason.rstrip('.')}." for trial, reason in troubles[:_MOST]]
    if len(troubles) > _MOST:
        said.append(f"And {count_of(len(troubles) - _MOST, 'more trial')}.")
    if polled.undelivered:
        said.append(f"{count_of(polled.undelivered, 'message')} due now could not be delivered.")
    return " ".join(said)


LOOK = Action("look", _look, optional=("trial",))
ACCEPT = Action("accept", _accept, required=("run",))
