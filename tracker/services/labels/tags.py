"""Put a tag on trials and take it off."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from storage.reads.in_session import SessionReader
from storage.reads.trials.known import obsolete
from storage.versions import trials
from storage.watching import cohorts, watches
from tracker.alerts.rules.rules import AlertRule
from tracker.api.notes import Tagged, TaggedTrial
from tracker.changes.wording.nearest import did_you_mean
from tracker.changes.wording.words import listed
from tracker.errors import UsageError
from tracker.records.one_line import one_line
from tracker.services.alerts.audience import covers
from tracker.services.known_trials import held_trials
from tracker.similar.cohorts.cohort_rows import definition_of

__all__ = ["TagChange", "tag", "untag"]

_MOST = 5


@dataclass(frozen=True, slots=True)
class TagChange:
    """The trials after the change.

    `unknown` are ids about which nothing is stored. `unwatched` are those of the trials that are not watched. `rules`
    are the alert rules for which the change counts, with their watched trials. `sets` are the cohorts that give the
    tag.
    """

    tagged: Tagged
    unknown: Sequence[str]
    unwatched: Sequence[str]
    rules: dict[str, list[str]]
    sets: Sequence[str] = ()


def tag(session: Session, wanted: Sequence[str], name: str, rules: Sequence[AlertRule]) -> TagChange:
    """Put a tag on trials, watched or not: a trial also keeps its tags when it is no longer watched.

    Raise UnknownTrial if nothing is stored about any of them.
    """
    found = held_trials(SessionReader(session), wanted)
    before = watches.tags_of(session, found.known)
    watches.add_tag(session, found.known, name)
    changed = [trial for trial in found.known if name not in before[trial]]
    gained = _uncovered(session, _naming(rules, name), {trial: before[trial] for trial in changed})
    return _change(session, name, found.known, found.unknown, changed, gained)


def untag(session: Session, wanted: Sequence[str], name: str, rules: Sequence[AlertRule]) -> TagChange:
    """Take a tag off trials.

    Raise UnknownTrial if nothing is stored about any of them, and UsageError if none of them has the tag.
    """
    found = held_trials(SessionReader(session), wanted)
    before = watches.tags_of(session, found.known)
    changed = [trial for trial in found.known if name in before[trial]]
    if not changed:
        raise _without(name, found.known, sorted(set().union(*before.values())))
    watches.remove_tag(session, changed, name)
    after = watches.tags_of(session, changed)
    lost = _uncovered(session, _naming(rules, name), after)
    return _change(session, name, found.known, found.unknown, changed, lost, _giving(session, name, changed))


def _uncovered(
    session: Session, rules: Iterable[AlertRule], tags: Mapping[str, Collection[str]]
) -> dict[str, list[str]]:
    """Return, for each rule, those of these trials with their tags that it is not about."""
    former = obsolete(SessionReader(session), tags)
    return {rule.name: [it for it in tags if not covers(rule, it, tags[it], former[it])] for rule in rules}


def _change(
    session: Session,
    name: str,
    known: Sequence[str],
    unknown: Sequence[str],
    changed: Sequence[str],
    rules: dict[str, list[str]],
    sets: Sequence[str] = (),
) -> TagChange:
    tags, titles = watches.tags_of(session, known), trials.titles(session, known)
    watched = watches.watched_of(session, known)
    rows = [
        TaggedTrial(trial=it, title=one_line(titles[it]) or None, tags=tags[it], changed=it in changed) for it in known
    ]
    counted = {rule: [it for it in mine if it in watched] for rule, mine in rules.items()}
    return TagChange(
        tagged=Tagged(tag=name, trials=rows),
        unknown=unknown,
        unwatched=[trial for trial in known if trial not in watched],
        rules={rule: mine for rule, mine in counted.items() if mine},
        sets=sets,
    )


def _naming(rules: Sequence[AlertRule], name: str) -> list[AlertRule]:
    return [rule for rule in rules if name in rule.tags]


def _giving(session: Session, name: str, trials: Sequence[str]) -> list[str]:
    """Return the active cohorts that give this tag and have one of these trials."""
    found = []
    for row in cohorts.every(session):
        gives = name == row.name or name in definition_of(row).tags
        if gives and any(member.trial in trials for member in cohorts.members(session, row.name)):
            found.append(row.name)
    return found


def _without(name: str, known: Sequence[str], tags: Sequence[str]) -> UsageError:
    who, its = (f"{known[0]} does not have", "Its tags") if len(known) == 1 else ("None of these has", "Their tags")
    have = listed(tags, most=_MOST) or "none"
    return UsageError(f"{who} the tag {name[:40]!r}.{did_you_mean(name, tags)} {its}: {have}.", subject=name[:40])
