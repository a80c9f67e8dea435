"""What ids look like, registry by registry: the one canonical form of each, and whose it is. Pure.

`parse_id` reads every id that somebody types or has in a file: commands, lists, sheets and rules share it. It gives the
trial that was meant, or refuses with the next step. It never makes up a digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tracker.errors import InvalidTrialId
from tracker.records.linked_ids import REGISTERS, Numbered, numbers_in
from tracker.registries.listed import FIRST, REGISTRIES
from tracker.registries.registry import Links, Registry

__all__ = ["by_registry", "is_like_id", "is_watchable", "links_of", "parse_id", "registry_of", "words_of"]

_LONGEST = 2048
_LONGEST_BARE = len("EudraCT number: 2011-005852-33-OUTSIDE-EU/EEA")
_FAMILIES = tuple(registry.ids for registry in REGISTRIES.values())
_PREFIXES = "|".join(word for family in _FAMILIES for word in (family.prefix, *family.words))
_BETWEEN = re.compile(r"[\s,;\0\"']+")
_APART = re.compile(rf"\b({_PREFIXES})[\s:#-]+(?=\d)", re.IGNORECASE | re.ASCII)
"""A word and its number with a blank or a mark between them: one id."""
_ADDRESS = re.compile(r"https?://|www\.|[\w-]+\.[a-z]{2,}/", re.IGNORECASE | re.ASCII)
_BARE = "".join(f"|{family.bare}" for family in _FAMILIES if family.bare)
_LIKE = re.compile(rf"(?:{_PREFIXES})[\s:#-]*\d{_BARE}", re.IGNORECASE | re.ASCII)


def words_of(text: str) -> list[str]:
    """The ids of a list with commas, semicolons or blanks in between, as they were typed."""
    return [word for word in _BETWEEN.split(_APART.sub(r"\1", text)) if word]


def parse_id(text: str) -> str:
    """`" nct05349331 "`, or the address of its page -> `"NCT05349331"`; a bare EudraCT number -> its `EUCTR...`.

    Raises InvalidTrialId, which says how ids of the likeliest registry look, or what was probably meant.
    """
    typed = text.strip() if len(text) <= _LONGEST else text[:_LONGEST]
    if _ADDRESS.match(typed):
        return _in_address(typed)
    typed = _APART.sub(r"\1", typed)
    low = typed[:64].upper()
    family = next((it for it in _FAMILIES if low.startswith(it.prefix)), None)
    if family is not None:
        return family.parse(typed)
    numbers = numbers_in(typed) if len(typed) <= _LONGEST_BARE else ()
    if len(numbers) == 1 and is_watchable(numbers[0]):
        family = REGISTRIES[numbers[0].register].ids
        return (family.parse_bare or family.parse)(typed)
    if numbers:
        raise _elsewhere(typed, numbers[0])
    return FIRST.ids.parse(typed)


def _in_address(address: str) -> str:
    if page := next(filter(None, (family.in_address(address) for family in _FAMILIES)), ""):
        return page
    numbers = numbers_in(address)
    read = [number for number in numbers if is_watchable(number)]
    if len(read) == 1:
        return read[0].trial
    shown = ascii(address[:80])
    if numbers and not read:
        raise _elsewhere(address[:80], numbers[0])
    found = ", ".join(number.trial for number in read[:3]) or "none"
    raise InvalidTrialId(
        f"{shown} is an address with {'several ids' if read else 'no id'} in it ({found}); give the id alone, "
        f"such as {FIRST.ids.example}",
        subject=address[:40],
    )


def _elsewhere(typed: str, number: Numbered) -> InvalidTrialId:
    others = " or ".join(family.called for family in _FAMILIES if family is not FIRST.ids)
    return InvalidTrialId(
        f"{typed[:40]!a} is a number of {REGISTERS[number.register]} ({number.trial}), which is not read here; give "
        f"the trial's {FIRST.ids.called}, such as {FIRST.ids.example}, or its {others} if it has one",
        subject=typed[:40],
    )


def is_like_id(text: str) -> bool:
    """Whether somebody meant an id of ours by this, right or wrong: it is never a heading."""
    return _LIKE.match(text.strip()[:64]) is not None or _ADDRESS.match(text.strip()) is not None


def is_watchable(number: Numbered) -> bool:
    """Whether the register of this number is read here, so that the trial can be watched by it."""
    return number.register in REGISTRIES


def _owner(trial: str) -> Registry | None:
    return next((registry for registry in REGISTRIES.values() if registry.ids.owns(trial)), None)


def registry_of(trial: str) -> str:
    """The name of the registry a canonical id belongs to. Raises InvalidTrialId for what is none."""
    registry = _owner(trial)
    if registry is None:
        raise InvalidTrialId(f"{trial[:40]!r} is an id of no registry we know", subject=trial[:40])
    return registry.name


def links_of(trial: str) -> Links:
    """Where people read a trial's record for themselves: its registry's own pages."""
    registry = _owner(trial)
    return registry.links(trial) if registry is not None else Links()


def by_registry(trials: Iterable[str]) -> dict[str, list[str]]:
    """Canonical ids by their registry, in the order of the list; each list in the order given."""
    found: dict[str, list[str]] = {name: [] for name in REGISTRIES}
    for trial in trials:
        found[registry_of(trial)].append(trial)
    return {registry: ids for registry, ids in found.items() if ids}
