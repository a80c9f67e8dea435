"""Which names a user may give as a tag. Pure."""

from __future__ import annotations

from tracker.errors import UsageError
from tracker.records.clean import clean
from tracker.records.linked_ids import numbers_in
from tracker.registries.ids import is_like_id
from tracker.similar.cohorts.cohort_definition import is_cohort_name

__all__ = ["is_id", "new_tag"]

_LONGEST = 100
_IN_RULES = "tag:"


def new_tag(text: str) -> str:
    """Return the name of a tag without spaces around it. Raise UsageError for one that would be mistaken later."""
    tag = text.strip()
    if not tag:
        raise UsageError("The tag is empty; give a word, such as hcc", subject="tag")
    shown = tag[:40]
    if is_id(tag):
        raise UsageError(f"{shown!a} looks like the id of a trial and cannot be a tag; give a word", subject=shown)
    if is_cohort_name(tag):
        raise UsageError(
            f"{shown!a} is how a set of trials is named, and only the set gives that tag. "
            "See: trialwatch list --cohorts",
            subject=shown,
        )
    if tag.startswith(_IN_RULES):
        plain = tag.removeprefix(_IN_RULES).strip()
        raise UsageError(f"tag: stands before a tag in rules only; here write {plain[:40]!r}", subject=shown)
    if "," in tag:
        raise UsageError(f"{shown!a} has a comma, and a tag has none; give several tags one by one", subject=shown)
    if len(tag) > _LONGEST:
        raise UsageError(f"The tag has {len(tag):,} characters, and {_LONGEST} are the most; shorten it", subject=shown)
    if clean(tag) != tag or len(tag.splitlines()) > 1 or "\t" in tag:
        raise UsageError(f"{shown!a} has characters that cannot be seen; type the tag by hand", subject=shown)
    return tag


def is_id(word: str) -> bool:
    """Return whether a word is meant as an id, of a register that is read here or of another."""
    return is_like_id(word) or any(number.trial.upper() == word.strip().upper() for number in numbers_in(word))
