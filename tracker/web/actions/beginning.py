"""Set everything up on an empty store, with the three questions of `init`."""

from __future__ import annotations

import os
from functools import partial

from tracker.alerts.channels.channel import Draft, Wish
from tracker.alerts.channels.channel_list import draft_of
from tracker.api.config import AddedChannel
from tracker.changes.wording.words import count_of
from tracker.context.progress import silent
from tracker.errors import UsageError
from tracker.processes.daemon_lock import is_daemon_running
from tracker.services.alerts.add import known_channel
from tracker.services.beginning.begin import (
    NOTHING,
    SMTP,
    Answers,
    Begun,
    Subject,
    begin,
    is_untouched,
    subject_of,
    with_server,
)
from tracker.services.beginning.run_mode import RunMode, Running
from tracker.services.past import PastPlan
from tracker.services.watching.watch import WatchRequest, watch
from tracker.services.watching.watch_query import watch_query
from tracker.web.actions.action import Action, Deed, Done, Later

__all__ = ["INIT"]

_PATIENCE = 8.0


def _init(deed: Deed) -> Done | Later:
    with deed.open() as opened, opened.context.database.read() as session:
        is_empty = is_untouched(session)
        runs_already = is_daemon_running(opened.context.database)
        settings = opened.settings
    if not is_empty:
        return Done("Something is watched here already, so nothing was set up again.", {"changed": False})
    subject = subject_of(deed.form["trials"].strip())
    draft = _draft(deed)
    secrets = _secrets(deed, draft) if draft is not None and not known_channel(settings, draft) else {}
    answers = Answers(draft, None if runs_already else _mode(deed.form["run"]), secrets)
    return Later(
        key="init",
        title="Set everything up",
        begun="It is being set up: the sample is sent, and the trials are fetched with their past. What came of it "
        "will stand on the page Status.",
        work=partial(_begin, deed, subject, answers),
        patience=_PATIENCE,
    )


def _draft(deed: Deed) -> Draft | None:
    """Return the channel to add, None for nothing. Raise UsageError for an address that cannot be used."""
    address, server = deed.form["tell"].strip(), deed.form["smtp"].strip()
    if address in ("", NOTHING):
        return None
    try:
        return draft_of(address, with_server(Wish(), server, address) if server else Wish())
    except UsageError as error:
        if error.subject == SMTP:
            raise UsageError(error.message.replace(f"{SMTP}: ", "").replace(f"{SMTP} ", ""), subject="smtp") from error
        raise


def _secrets(deed: Deed, draft: Draft) -> dict[str, str]:
    if not draft.wanted:
        return {}
    password = deed.form["password"].strip()
    if not password:
        advice = f" {draft.advice}" if draft.advice else ""
        raise UsageError(f"The password of {draft.wanted_words} is wanted.{advice}", subject="password")
    return {draft.wanted: password}


def _mode(text: str) -> RunMode:
    try:
        return RunMode(text)
    except ValueError:
        raise UsageError(f"{text[:40]!a} is no way to run; choose one of {', '.join(RunMode)}", subject="run") from None


def _begin(deed: Deed, subject: Subject, answers: Answers) -> Done:
    begun = begin(os.environ, deed.site.settings, deed.site.clock, answers, partial(_watch, deed, subject))
    facts = {"trials": len(begun.watched), "channel": begun.channel.channel if begun.channel else None}
    return Done(_sentences(begun, runs_already=answers.mode is None), {**facts, "run": begun.running.mode})


def _watch(deed: Deed, subject: Subject) -> list[str]:
    """Watch, and return what is watched now."""
    # Opened here, when the channel that was just added is among the settings. The pages go on with these.
    with deed.open() as opened:
        if subject.cohort is not None:
            found = watch_query(opened.context, subject.cohort, None, silent, keep_empty=False)
            return [row.trial for row in found.rows]
        plan = PastPlan(opened.settings.pace(), lambda _estimate: None)
        watched = watch(opened.context, WatchRequest(subject.trials, plan=plan), silent)
        return [row.trial for row in watched.rows]


def _sentences(begun: Begun[list[str]], *, runs_already: bool) -> str:
    said = [f"Set up: {count_of(len(begun.watched), 'trial is', 'trials are')} watched from now on."]
    said.append(_told(begun.channel, begun.known))
    if begun.channel is not None and runs_already:
        said.append("The daemon that runs tells it after it has read the config file again (SIGHUP, or a restart).")
    said.append(_running(begun.running))
    return " ".join(it for it in said if it)


def _told(channel: AddedChannel | None, known: str) -> str:
    if known:
        return f"The address is told already, by the channel {known}."
    if channel is None:
        return ""
    if channel.problem:
        return f"The channel {channel.channel} was added, but its sample did not arrive: {channel.problem}."
    if channel.sample is not None and (channel.sample.refused or channel.sample.deferred):
        return f"The channel {channel.channel} was added, but its sample did not reach everyone. See the page Alerts."
    return f"A sample is on its way to the channel {channel.channel}."


def _running(running: Running) -> str:
    if running.problem:
        return f"{running.problem}."
    return {
        RunMode.USER_SERVICE: "It runs as a service of the user from now on.",
        RunMode.CRON: "Cron looks every four hours from now on.",
        RunMode.BY_HAND: "",
    }[running.mode]


INIT = Action(
    "init",
    _init,
    required=("trials", "tell", "run"),
    optional=("smtp", "password"),
    secret=("password",),
)
