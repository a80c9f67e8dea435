"""Watch trials and stop that, tag them, write notes: as `watch`, `unwatch`, `tag`, `untag` and `note` do."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from tracker.alerts.config import examine
from tracker.changes.wording.words import count_of, listed
from tracker.context.progress import silent
from tracker.errors import UnknownTrial, UsageError
from tracker.services.labels.notes import add_note_once
from tracker.services.labels.tag_names import new_tag
from tracker.services.labels.tags import TagChange, tag, untag
from tracker.services.past import PastPlan
from tracker.services.typed.trial_ids import trial_id, trial_ids
from tracker.services.watching.unwatch import unwatch
from tracker.services.watching.watch import Watched, WatchRequest, unwatched_of, watch
from tracker.web.actions.action import Action, Deed, Done, Later
from tracker.web.actions.numbers import number_of

__all__ = ["NOTE", "TAG", "UNTAG", "UNWATCH", "WATCH"]

_MOST = 5
_PATIENCE = 6.0


def _watch(deed: Deed) -> Done | Later:
    wanted = trial_ids(deed.form["trials"].replace(",", " ").split())
    if not wanted:
        raise UsageError("Name at least one trial, such as NCT05349331", subject="trials")
    tags = (new_tag(deed.form["tag"]),) if deed.form["tag"].strip() else ()
    with deed.open() as opened, opened.context.database.read() as session:
        missing = unwatched_of(session, wanted)
    names = listed(wanted, most=_MOST)
    if not missing and not tags:
        return Done(f"{names}: watched already. Nothing was changed.", {"trials": wanted, "changed": False})
    return Later(
        key=f"watch {' '.join([*sorted(wanted), *tags])}",
        title=f"Watch {names}",
        begun=f"{names}: being fetched from the registry now, with the past. What came of it will stand on the page "
        "Status.",
        work=partial(_fetch, deed, wanted, tags),
        patience=_PATIENCE,
    )


def _fetch(deed: Deed, wanted: Sequence[str], tags: Sequence[str]) -> Done:
    with deed.open() as opened:
        plan = PastPlan(opened.settings.pace(), lambda _estimate: None)
        found = watch(opened.context, WatchRequest(wanted, tags, plan=plan), silent)
    return Done(_watched(found), {"trials": [row.trial for row in found.rows]})


def _watched(found: Watched) -> str:
    said = [f"Watched from now on: {listed([row.trial for row in found.rows], most=_MOST)}."]
    if found.past is not None and found.past.stored:
        said.append(f"{count_of(found.past.stored, 'version')} of the past stored.")
    if found.past is not None and found.past.stopped:
        said.append(f"The past is not here yet, because {found.past.stopped}.")
    if found.unknown:
        said.append(f"The registry does not know {listed(found.unknown, most=_MOST)}: not watched.")
    said += [f"The registry answers {old} with {new}: both are watched." for old, new in found.followed.items()]
    said += [f"{old} had been merged into {new}. That is undone." for old, new in found.undone.items()]
    troubles = [(it.trial, it.reason) for it in found.report.failed]
    troubles += [(it.trial, it.reason) for it in found.report.quarantined]
    said += [f"{trial}: {reason.rstrip('.')}." for trial, reason in troubles[:_MOST] if trial not in found.unknown]
    return " ".join(said)


def _unwatch(deed: Deed) -> Done:
    trial = trial_id(deed.form["trial"])
    try:
        with deed.write() as session:
            found = unwatch(session, [trial], deed.now)
    except UnknownTrial:
        return Done(f"{trial} was not watched any more. Nothing was changed.", {"trial": trial, "changed": False})
    said = [f"{trial} is no longer watched. Its history stays."]
    if found.still_searched:
        said.append(f"Trials like it are still searched for; to stop that: trialwatch unwatch --cohort like:{trial}")
    return Done(" ".join(said), {"trial": trial})


def _tag(deed: Deed) -> Done:
    trial, name = trial_id(deed.form["trial"]), new_tag(deed.form["tag"])
    with deed.open() as opened:
        config, _ = examine(opened.settings)
        with opened.context.database.write() as session:
            found = tag(session, [trial], name, config.rules)
    if not found.tagged.trials[0].changed:
        return Done(f"{trial} had the tag {name} already.", {"trial": trial, "changed": False})
    told = [f"The rule {rule} now tells of it, because it names the tag." for rule in found.rules]
    return Done(" ".join([f"{trial} has the tag {name} now.", *told]), {"trial": trial})


def _untag(deed: Deed) -> Done:
    trial, name = trial_id(deed.form["trial"]), deed.form["tag"]
    with deed.open() as opened:
        config, _ = examine(opened.settings)
        with opened.context.database.write() as session:
            found = untag(session, [trial], name, config.rules)
    return Done(_untagged(trial, name, found), {"trial": trial})


def _untagged(trial: str, name: str, found: TagChange) -> str:
    said = [f"The tag {name} is taken off {trial}."]
    said += [f"The rule {rule} names the tag and no longer tells of it." for rule in found.rules]
    said += [f"The set {cohort} gives this tag again to a trial that comes back." for cohort in found.sets]
    return " ".join(said)


def _note(deed: Deed) -> Done:
    trial, shown = trial_id(deed.form["trial"]), number_of(deed.form, "notes")
    with deed.write() as session:
        is_new = add_note_once(session, trial, deed.form["text"], deed.now, shown)
    if not is_new:
        return Done("This note was there already. Nothing was changed.", {"trial": trial, "changed": False})
    return Done("Noted.", {"trial": trial})


WATCH = Action("watch", _watch, required=("trials",), optional=("tag",))
UNWATCH = Action("unwatch", _unwatch, required=("trial",))
TAG = Action("tag", _tag, required=("trial", "tag"))
UNTAG = Action("untag", _untag, required=("trial", "tag"))
NOTE = Action("note", _note, required=("trial", "text", "notes"))
