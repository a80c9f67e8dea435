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

__all__ = [
    "by_registry",
    "is_like_id",
    "is_watchable",
    "links_of",
    "listed_in",
    "parse_id",
    "registry_of",
    "title_of",
    "version_page_of",
    "words_of",
]

_LONGEST = 2048
_LONGEST_BARE = len("EudraCT number: 2011-005852-33-OUTSIDE-EU/EEA")
_FAMILIES = tuple(registry.ids for registry in REGISTRIES.values())
_PREFIXES = "|".join(word for family in _FAMILIES for word in (family.prefix, *family.words))
_APART = re.compile(rf"\b({_PREFIXES})(?:[\s:#-]+|\s+(?:number|nos?|nr|id)[\s.:#-]+)(?=\d)", re.IGNORECASE)
"""A word and its number with a space, a mark or "number" between them: one id."""
_ADDRESS = re.compile(r"https?://|www\.|(?:[\w-]+\.)+[a-z]{2,}/", re.IGNORECASE | re.ASCII)
# A comma or semicolon in an address belongs to it, unless another id or address follows.
_WORD = re.compile(
    rf"(?:{_ADDRESS.pattern})(?:[^\s,;\0\"'<>]|[,;](?!{_ADDRESS.pattern}|{_PREFIXES}|$|[\s,;]))+|[^\s,;\0\"']+",
    re.IGNORECASE,
)
_AROUND = "()[]{}<>.,;:!?\"'`*_\u00ab\u00bb\u2018\u2019\u201a\u201c\u201d\u201e"
"""What stands around an id in a sentence, and comes with it when it is copied."""
_UNSEEN = str.maketrans(dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad")))
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_ELSEWHERE = re.compile(
    rf"({'|'.join(sorted(REGISTERS, key=len, reverse=True))})[\s:#/-]*\d",
    re.IGNORECASE,
)
_BARE = "".join(f"|{family.bare}" for family in _FAMILIES if family.bare)
_LIKE = re.compile(rf"(?:{_PREFIXES})[\s:#-]*\d{_BARE}", re.IGNORECASE | re.ASCII)


def words_of(text: str) -> list[str]:
    """Return the ids of a list with commas, semicolons or spaces in between, as typed."""
    return _WORD.findall(_APART.sub(r"\1", text))


def listed_in(text: str) -> list[str]:
    """Return the same for a list in a file, without what only sets it out: a bullet, a bar, a dash for "none"."""
    return [word for word in words_of(text) if any(map(str.isalnum, word))]


def parse_id(text: str) -> str:
    """`" nct05349331 "`, `"(NCT 05349331)."`, or the address of its page -> `"NCT05349331"`.

    A bare EudraCT number -> its `EUCTR...`.

    Raise InvalidTrialId with the form of the ids of the likeliest registry, or with what was probably meant.
    """
    if FIRST.ids.owns(text):
        return text  # a list may have 600,000 of these
    typed = _trimmed(text[:_LONGEST])
    if _ADDRESS.match(typed):
        return _in_address(typed)
    typed = _APART.sub(r"\1", typed)
    low = typed[:64].upper()
    numbers = numbers_in(typed) if len(typed) <= _LONGEST_BARE else ()
    if numbers and not any(map(is_watchable, numbers)):
        raise _elsewhere(typed, numbers[0].register, numbers[0].trial)
    family = next((it for it in _FAMILIES if low.startswith(it.prefix)), None)
    if family is not None:
        return family.parse(typed)
    if len(numbers) == 1:
        family = REGISTRIES[numbers[0].register].ids
        return (family.parse_bare or family.parse)(typed)
    if unread := _ELSEWHERE.match(typed):
        raise _elsewhere(typed, unread[1].lower())
    # Say what was typed: it may hold nothing but marks.
    return FIRST.ids.parse(typed or text)


def _trimmed(text: str) -> str:
    """Return a text without what stands around it in a sentence, with plain hyphens."""
    return _DASHES.sub("-", text.translate(_UNSEEN)).strip().strip(_AROUND).strip()


def _in_address(address: str) -> str:
    if page := next(filter(None, (family.in_address(address) for family in _FAMILIES)), ""):
        return page
    numbers = numbers_in(address)
    read = [number for number in numbers if is_watchable(number)]
    if len(read) == 1:
        return read[0].trial
    shown = ascii(address[:80])
    if numbers and not read:
        raise _elsewhere(address[:80], numbers[0].register, numbers[0].trial)
    found = ", ".join(number.trial for number in read[:3])
    what = f"several ids in it ({found})" if read else "no id in it"
    raise InvalidTrialId(
        f"{shown} is an address with {what}; give the id alone, such as {FIRST.ids.example}",
        subject=address[:40],
    )


def _elsewhere(typed: str, register: str, trial: str = "") -> InvalidTrialId:
    others = " or ".join(family.called for family in _FAMILIES if family is not FIRST.ids)
    named = f" ({trial})" if trial and trial.upper() != typed.upper() else ""
    is_ = "has" if _ADDRESS.match(typed) else "is"
    return InvalidTrialId(
        f"{typed[:80]!a} {is_} a number of {title_of(register)}{named}, a register that this version does not read; "
        f"give the trial's {FIRST.ids.called}, such as {FIRST.ids.example}, or its {others} if it has one",
        subject=typed[:40],
    )


def title_of(register: str) -> str:
    """Return the name of a register in words, whether it is read here or not."""
    registry = REGISTRIES.get(register)
    return registry.title if registry is not None else REGISTERS.get(register, register)


def is_like_id(text: str) -> bool:
    """Return True if this was meant as an id of ours, right or wrong. Such text is never a heading."""
    typed = _trimmed(text[:_LONGEST])
    return _LIKE.match(typed[:64]) is not None or _ADDRESS.match(typed) is not None


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


def version_page_of(trial: str, number: int | None) -> str:
    """Return the registry's own page of one version, by the registry's number of it. "" if none is known."""
    registry = _owner(trial)
    return registry.version_page(trial, number) if registry is not None and number is not None else ""


def by_registry(trials: Iterable[str]) -> dict[str, list[str]]:
    """Group canonical ids by registry, in the order of the registry list. Each group keeps the given order."""
    found: dict[str, list[str]] = {name: [] for name in REGISTRIES}
    for trial in trials:
        found[registry_of(trial)].append(trial)
    return {registry: ids for registry, ids in found.items() if ids}
