"""The definition of a cohort: the trials most similar to one, or the results of a saved query. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from tracker.registries.ids import registry_of
from tracker.registries.registry import Registry
from tracker.registries.search import Pairs

__all__ = ["QUERY", "SIMILAR", "Definition", "is_cohort_name", "like", "saved_query"]

SIMILAR, QUERY = "similar", "query"
_NAMES = ("like:", "query:")


@dataclass(frozen=True, slots=True)
class Definition:
    """One cohort. `name` is derived from the definition, is the same in every store, and is the tag of its trials.

    `size`: how many of the most similar belong to it, or how many results of the query are read at most. `tags`:
    further tags.
    """

    name: str
    kind: str
    size: int
    registry: str
    seed: str = ""
    query: Pairs = ()
    tags: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The definition in words that can follow a verb: ``the 10 trials most like NCT05349331``."""
        if self.kind == SIMILAR:
            return f"the {self.size} trials most like {self.seed}"
        return f"the trials found by {', '.join(f'{name}={text}' for name, text in self.query)}"


def like(seed: str, size: int, tags: tuple[str, ...] = ()) -> Definition:
    """Return the cohort of the `size` trials most similar to `seed`."""
    return Definition(f"{_NAMES[0]}{seed}", SIMILAR, size, registry_of(seed), seed=seed, tags=tags)


def saved_query(registry: Registry, query: Pairs, cap: int, tags: tuple[str, ...] = ()) -> Definition:
    """Return the cohort of at most `cap` trials that `query` finds, the latest registered first.

    The registry must be one that can be searched.
    """
    assert registry.search is not None
    asked = "\0".join(f"{name}={value}" for name, value in sorted(registry.search.sent(query).items()))
    name = f"{_NAMES[1]}{sha256(asked.encode()).hexdigest()[:8]}"
    return Definition(name, QUERY, cap, registry.name, query=query, tags=tags)


def is_cohort_name(text: str) -> bool:
    """Return whether a text has the form of a cohort's name."""
    return text.casefold().startswith(_NAMES)
