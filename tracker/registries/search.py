"""How a registry is searched: the language of its searches, and a client that takes them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

from tracker.registries.registry import RawTrial

__all__ = ["Pairs", "SearchLanguage", "Searchable"]

Pairs = tuple[tuple[str, str], ...]
"""A saved query: names with their texts. Pairs of one name widen, different names narrow."""


@runtime_checkable
class Searchable(Protocol):
    """A registry's client that can be searched. `params` are the registry's own."""

    def search(self, params: Mapping[str, str], limit: int) -> Iterator[RawTrial]:
        """Records that match, at most `limit`, each once. Raises RegistryError."""
        ...

    def count(self, params: Mapping[str, str]) -> int:
        """How many records match. Raises RegistryError."""
        ...


class SearchLanguage(Protocol):
    """What a search of one registry may ask for. The names `cond`, `intr` and `term` are known to every language.

    `most_words`: so many words in one part of a search, at most. `statuses`, `phases`: the codes that its records have.
    """

    @property
    def most_words(self) -> int: ...

    @property
    def statuses(self) -> frozenset[str]: ...

    @property
    def phases(self) -> frozenset[str]: ...

    def parse(self, typed: Iterable[str]) -> Pairs:
        """What a person typed (`name=text` each) as pairs in one order. Raises UsageError by the word."""
        ...

    def notes(self, pairs: Sequence[tuple[str, str]]) -> list[str]:
        """What a person may not expect of these pairs, a sentence each."""
        ...

    def quoted(self, text: str) -> str:
        """The words of a record's text as one phrase, "" when it has none."""
        ...

    def phrase_words(self, text: str) -> list[str]:
        """The words of a text that a phrase would hold."""
        ...

    def sent(self, pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
        """The parameters of a request that asks for these pairs."""
        ...

    def likest_first(self, params: Mapping[str, str]) -> dict[str, str]:
        """These parameters, the most relevant records first."""
        ...

    def newest_first(self, params: Mapping[str, str]) -> dict[str, str]:
        """These parameters for number and title only, those registered last first."""
        ...

    def title(self, document: object) -> str:
        """The title of a record that such a search brought; "" for none."""
        ...
