"""What ids look like, registry by registry: the one canonical form of each, and whose it is. Pure.

`parse_id` reads every id that somebody types or has in a file: commands, lists, sheets and rules share it. It gives the
trial that was meant, or refuses with the next step. It never makes up a digit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from tracker.errors import InvalidTrialId
from tracker.records.linked_ids import REGISTERS, numbers_in
from tracker.registries.ctgov.ids import is_nct, parse_nct
from tracker.registries.euctr.ids import is_euctr, parse_euctr

__all__ = ["FAMILIES", "Family", "by_registry", "is_like_id", "parse_id", "registry_of", "words_of"]


class Family(NamedTuple):
    """The ids of one registry. `begins`: what somebody who means one types first, in capitals."""

    registry: str
    begins: str
    parse: Callable[[str], str]
    """A typed id to its canonical form; raises InvalidTrialId."""
    owns: Callable[[object], bool]
    """Whether something is an id of this registry in canonical form."""


FAMILIES = (
    Family("ctgov", "NCT", parse_nct, is_nct),
    Family("euctr", "EUCTR", parse_euctr, is_euctr),
)
"""One line a registry. The first is whose mistakes are explained when nothing tells what was meant."""

_LONGEST = 2048
_BETWEEN = re.compile(r"[\s,;\0\"']+")
_APART = re.compile(r"\b(NCT|EUCTR|EUDRACT)[\s:#-]+(?=\d)", re.IGNORECASE | re.ASCII)
"""A word and its number with a blank or a mark between them: one id."""
_ADDRESS = re.compile(r"https?://|www\.|[\w-]+\.[a-z]{2,}/", re.IGNORECASE | re.ASCII)
_EU_PAGE = re.compile(r"/trial/(\d{4}-\d{6}-\d{2})/([A-Z]{2}|3rd)(?![\w-])", re.IGNORECASE | re.ASCII)
_BEFORE = re.compile(r"^\D+")
_LIKE = re.compile(r"(?:NCT|EUCTR|EUDRACT)[\s:#-]*\d|\d{4}-\d{6}-\d{2}|\d{6,8}\s*$", re.IGNORECASE | re.ASCII)


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
    family = next((it for it in FAMILIES if low.startswith(it.begins)), None)
    if family is not None:
        return family.parse(typed)
    numbers = numbers_in(typed) if len(typed) <= len("EudraCT number: 2011-005852-33-OUTSIDE-EU/EEA") else ()
    if len(numbers) == 1 and numbers[0].register == "euctr":
        return parse_euctr("EUCTR" + _BEFORE.sub("", typed))
    if numbers:
        raise _elsewhere(typed, numbers[0].trial, numbers[0].register)
    return FAMILIES[0].parse(typed)


def _in_address(address: str) -> str:
    page = _EU_PAGE.search(address)
    if page:
        return parse_euctr(f"EUCTR{page[1]}-{page[2]}")
    numbers = numbers_in(address)
    read = [number for number in numbers if number.watchable]
    if len(read) == 1:
        return read[0].trial
    shown = ascii(address[:80])
    if numbers and not read:
        raise _elsewhere(address[:80], numbers[0].trial, numbers[0].register)
    found = ", ".join(number.trial for number in read[:3]) or "none"
    raise InvalidTrialId(
        f"{shown} is an address with {'several ids' if read else 'no id'} in it ({found}); give the id alone, "
        "such as NCT05349331",
        subject=address[:40],
    )


def _elsewhere(typed: str, number: str, register: str) -> InvalidTrialId:
    return InvalidTrialId(
        f"{typed[:40]!a} is a number of {REGISTERS[register]} ({number}), which is not read here; give the "
        "trial's NCT number, such as NCT05349331, or its EU number if it has one",
        subject=typed[:40],
    )


def is_like_id(text: str) -> bool:
    """Whether somebody meant an id of ours by this, right or wrong: it is never a heading."""
    return _LIKE.match(text.strip()[:64]) is not None or _ADDRESS.match(text.strip()) is not None


def registry_of(trial: str) -> str:
    """The name of the registry a canonical id belongs to. Raises InvalidTrialId for what is none."""
    for family in FAMILIES:
        if family.owns(trial):
            return family.registry
    raise InvalidTrialId(f"{trial[:40]!r} is an id of no registry we know", subject=trial[:40])


def by_registry(trials: Iterable[str]) -> dict[str, list[str]]:
    """Canonical ids by their registry, in the order of FAMILIES; each list in the order given."""
    found: dict[str, list[str]] = {family.registry: [] for family in FAMILIES}
    for trial in trials:
        found[registry_of(trial)].append(trial)
    return {registry: ids for registry, ids in found.items() if ids}
