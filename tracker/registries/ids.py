"""What ids look like, registry by registry: the one canonical form of each, and whose it is. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from tracker.errors import InvalidTrialId
from tracker.registries.ctgov.ids import is_nct, parse_nct
from tracker.registries.euctr.ids import is_euctr, parse_euctr

__all__ = ["FAMILIES", "Family", "by_registry", "parse_id", "registry_of"]


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


def parse_id(text: str) -> str:
    """`" nct5349331 "` -> `"NCT05349331"`. Raises InvalidTrialId, which says how ids of the likeliest registry look."""
    typed = text[:64].strip().upper()
    return next((it for it in FAMILIES if typed.startswith(it.begins)), FAMILIES[0]).parse(text)


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
