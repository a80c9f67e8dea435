"""tag: put a tag on trials."""

from __future__ import annotations

import typer

from tracker.alerts.config import examine
from tracker.changes.wording.words import count_of, listed
from tracker.cli.loaded_settings import settings
from tracker.cli.render.notes.common_notes import tell_unknown
from tracker.cli.render.output import Format, Output, chosen, emit, note
from tracker.cli.render.tables.tag_table import answer_of_tags
from tracker.cli.run_state import command_line
from tracker.cli.typed.tag_words import IdsAndTag, ids_and_tag
from tracker.context.open_store import write_store
from tracker.services.labels.tag_names import new_tag
from tracker.services.labels.tags import TagChange, tag

__all__ = ["command"]

_MOST = 5


def command(
    words: IdsAndTag,
    output: Output = None,
) -> None:
    """Put a tag on trials. The last word is the tag, all words before it are ids.

    Tags are your own words. Commands take them with --tag, and rules in the config file as "tag:hcc". A trial that is
    stored and not watched can have tags too.

    \b
    Example:  trialwatch tag NCT05349331 NCT03434379 hcc
              trialwatch tag NCT05349331 "ask the sponsor"
    """
    ids, name = ids_and_tag("tag", words)
    name = new_tag(name)
    loaded = settings()
    config, _ = examine(loaded)
    with write_store(loaded) as session:
        found = tag(session, ids, name, config.rules)
    emit(answer_of_tags(found.tagged), output)
    if chosen(output) is Format.TABLE:
        _tell(found)
    tell_unknown(found.unknown)
    if found.unknown:
        raise typer.Exit(3)


def _tell(found: TagChange) -> None:
    changed = [row.trial for row in found.tagged.trials if row.changed]
    had = [row.trial for row in found.tagged.trials if not row.changed]
    if changed:
        see = command_line("list", "--tag", found.tagged.tag)
        note(f"{count_of(len(changed), 'trial')} tagged {found.tagged.tag}. To see all with this tag: {see}")
    if had:
        note(f"Tagged {found.tagged.tag} before: {listed(had, most=_MOST)}")
    for rule, trials in found.rules.items():
        note(f"The rule {rule!r} now tells of {listed(trials, most=_MOST)}, because it names the tag.")
    if found.unwatched:
        note(
            f"Not watched: {listed(found.unwatched, most=_MOST)}. `list --tag` shows watched trials only. "
            f"To watch it: trialwatch watch {found.unwatched[0]}"
        )
