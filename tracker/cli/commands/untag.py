"""untag: take a tag off trials."""

from __future__ import annotations

import typer

from tracker.alerts.config import examine
from tracker.changes.wording.words import count_of, listed
from tracker.cli.loaded_settings import settings
from tracker.cli.render.notes.common_notes import tell_unknown
from tracker.cli.render.output import Format, Output, chosen, emit, note
from tracker.cli.render.tables.tag_table import answer_of_tags
from tracker.cli.typed.tag_words import IdsAndTag, ids_and_tag
from tracker.context.open_store import write_store
from tracker.services.labels.tags import untag

__all__ = ["command"]

_MOST = 5


def command(
    words: IdsAndTag,
    output: Output = None,
) -> None:
    """Take a tag off trials. The last word is the tag, all words before it are ids.

    The trials stay watched. It says which rules and saved searches use the tag.

    \b
    Example:  trialwatch untag NCT05349331 hcc
    """
    ids, name = ids_and_tag("untag", words)
    loaded = settings()
    config, _ = examine(loaded)
    with write_store(loaded) as session:
        found = untag(session, ids, name, config.rules)
    emit(answer_of_tags(found.tagged), output)
    if chosen(output) is Format.TABLE:
        changed = [row for row in found.tagged.trials if row.changed]
        note(f"Tag {name} taken off {count_of(len(changed), 'trial')}.")
    if had_none := [row.trial for row in found.tagged.trials if not row.changed]:
        note(f"Without the tag before: {listed(had_none, most=_MOST)}")
    for rule, trials in found.rules.items():
        note(f"The rule {rule!r} names the tag and no longer tells of {listed(trials, most=_MOST)}.")
    for cohort in found.sets:
        note(
            f"The set {cohort} gives this tag to every trial that enters it, also to one that comes back. "
            f"To stop that: trialwatch unwatch --cohort {cohort}"
        )
    tell_unknown(found.unknown)
    if found.unknown:
        raise typer.Exit(3)
