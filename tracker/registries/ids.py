"""The ids of all registries: the canonical form of each, and the registry it belongs to. Pure.

`parse_id` reads all ids that a person types or has in a file. Commands, lists, sheets and rules share it. It returns
the trial that was meant, or refuses and names the next step. It never invents a digit.
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
"""A word and its number with a space or a mark between them: one id."""
_ADDRESS = re.compile(r"https?://|www\.|[\w-]+\.[a-z]{2,}/", re.IGNORECASE | re.ASCII)
_BARE = "".join(f"|{family.bare}" for family in _FAMILIES if family.bare)
_LIKE = re.compile(rf"(?:{_PREFIXES})[\s:#-]*\d{_BARE}", re.IGNORECASE | re.ASCII)


def words_of(text: str) -> list[str]:
    """Return the ids of a list with commas, semicolons or spaces in between, as typed."""
    return [word for word in _BETWEEN.split(_APART.sub(r"\1", text)) if word]


def parse_id(text: str) -> str:
    """`" nct05349331 "`, or the address of its page -> `"NCT05349331"`. A bare EudraCT number -> its `EUCTR...`.

    Raise InvalidTrialId with the form of the ids of the likeliest registry, or with what was probably meant.
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
    """Return True if this was meant as an id of ours, right or wrong. Such text is never a heading."""
    return _LIKE.match(text.strip()[:64]) is not None or _ADDRESS.match(text.strip()) is not None


def is_watchable(number: Numbered) -> bool:
    """Return True if the register of this number is read here, so that the trial can be watched by it."""
    return number.register in REGISTRIES


def _owner(trial: str) -> Registry | None:
    return next((registry for registry in REGISTRIES.values() if registry.ids.owns(trial)), None)


def registry_of(trial: str) -> str:
    """Return the name of the registry of a canonical id. Raise InvalidTrialId if it is not one."""
    registry = _owner(trial)
    if registry is None:
        raise InvalidTrialId(f"{trial[:40]!r} is an id of no registry we know", subject=trial[:40])
    return registry.name


def links_of(trial: str) -> Links:
    """Return the registry's own pages of a trial, where people read its record."""
    registry = _owner(trial)
    return registry.links(trial) if registry is not None else Links()


def by_registry(trials: Iterable[str]) -> dict[str, list[str]]:
    """Group canonical ids by registry, in the order of the registry list. Each group keeps the given order."""
    found: dict[str, list[str]] = {name: [] for name in REGISTRIES}
    for trial in trials:
        found[registry_of(trial)].append(trial)
    return {registry: ids for registry, ids in found.items() if ids}
