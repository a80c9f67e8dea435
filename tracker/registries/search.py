"""Search in a registry: the language of its searches, and the interface of a client that runs them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from tracker.registries.answers import RawTrial

__all__ = ["Pairs", "SearchLanguage", "Searchable"]

Pairs = tuple[tuple[str, str], ...]
"""A saved query: pairs of a name and a text. Pairs with the same name widen the search, different names narrow it."""


@runtime_checkable
class Searchable(Protocol):
    """A registry's client that can search. `params` are the registry's own parameters."""

    def search(self, params: Mapping[str, str], limit: int) -> Iterator[RawTrial]:
        """Yield matching records, at most `limit`, each once. Raise RegistryError."""
        ...

    def count(self, params: Mapping[str, str]) -> int:
        """Return the number of matching records. Raise RegistryError."""
        ...


class SearchLanguage(Protocol):
    """What a search of one registry may contain. All languages know the names `cond`, `intr` and `term`.

    `most_words`: the most words in one part of a search. `statuses`, `phases`: the codes in its records.
    """

    @property
    def most_words(self) -> int: ...

    @property
    def statuses(self) -> frozenset[str]: ...

    @property
    def phases(self) -> frozenset[str]: ...

    def parse(self, typed: Iterable[str]) -> Pairs:
        """Parse what a person typed (`name=text` each) into pairs in a fixed order. Raise UsageError that names the bad
        word.
        """
        ...

    def notes(self, pairs: Sequence[tuple[str, str]]) -> list[str]:
        """Return one sentence for each effect of these pairs that a person may not expect."""
        ...

    def quoted(self, text: str) -> str:
        """Return the words of a record's text as one phrase. "" if it has none."""
        ...

    def phrase_words(self, text: str) -> list[str]:
        """Return the words that a phrase of this text would contain."""
        ...

    def sent(self, pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
        """Return the request parameters for these pairs."""
        ...

    def likest_first(self, params: Mapping[str, str]) -> dict[str, str]:
        """Return these parameters for what trials say about their subject, with the most relevant records first."""
        ...

    def newest_first(self, params: Mapping[str, str]) -> dict[str, str]:
        """Return these parameters for number and title only, with the newest registrations first."""
        ...

    def title(self, document: object) -> str:
        """Return the title of a record that such a search returned, or ""."""
        ...
