"""Collect candidates for similar trials with several limited searches. A notice says where one was cut.

Parts of a record become parts of a query. The record was written by strangers, so its text is reduced to quoted words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from tracker.changes.wording.words import count_of
from tracker.context.progress import Progress, silent
from tracker.errors import Permanent, RegistryError
from tracker.records.trial import TrialRecord
from tracker.registries.answers import RawTrial
from tracker.registries.search import Searchable, SearchLanguage
from tracker.similar.ranking.sections import text_of
from tracker.similar.ranking.tokens import phrases_in, telling

__all__ = ["BOUNDS", "Bounds", "Gathered", "Query", "by_field", "by_phrase", "gather"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of a search.

    `texts`: texts of each kind. `records`: records of each search. `total`: stop after this many records.
    """

    texts: int = 6
    records: int = 500
    total: int = 3000


BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class Query:
    """One search, as the parameters of the registry. `what` describes it in words."""

    what: str
    params: Mapping[str, str]


@dataclass(slots=True)
class Gathered:
    """What the searches found, by trial id, with notices for the user. `error`: why they ended early.

    `refused` of the `asked` searches got no answer.
    """

    records: dict[str, RawTrial] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    asked: int = 0
    refused: int = 0
    error: RegistryError | None = None


def by_field(language: SearchLanguage, seed: TrialRecord, bounds: Bounds = BOUNDS) -> tuple[list[Query], list[str]]:
    """Return searches for the texts in the seed's fields, and notices of what is left out.

    They are: each condition or its heading, each intervention together with any of the conditions, each intervention
    alone, and each keyword. The combined search finds trials of the same treatment even if the disease is so common
    that its own search is cut.
    """
    left_out: list[str] = []
    most = language.most_words

    def query(what: str, **parts: str) -> Query:
        return Query(what, language.sent(tuple(parts.items())))

    def some(kind: str, texts: Iterable[str]) -> list[tuple[str, str]]:
        known = {phrase: text for text in texts if (phrase := language.quoted(text))}
        if len(known) > bounds.texts:
            left_out.append(f"only {bounds.texts} of its {len(known)} {kind}s were searched for")
        long = sum(len(language.phrase_words(text)) > most for text in list(known.values())[: bounds.texts])
        if long:
            left_out.append(f"of {count_of(long, f'long {kind}')} only the first {most} words were searched for")
        return [
            (phrase, f"the {kind} {' '.join(text.split())}") for phrase, text in islice(known.items(), bounds.texts)
        ]

    conditions = some("condition", (*seed.conditions, *seed.mesh.conditions))
    names = [thing.name for thing in seed.interventions.values()]
    things = some("intervention", (*names, *seed.mesh.interventions))
    words = some("keyword", seed.keywords)
    together = _within_limit([phrase for phrase, _ in conditions], most)
    if things and len(together) < len(conditions):
        left_out.append(f"its interventions were searched for with {len(together)} of its {len(conditions)} conditions")
    any_condition = " OR ".join(together)
    queries = [query(what, cond=phrase) for phrase, what in conditions]
    if any_condition:
        both = "{} with its conditions"
        # Combined searches come before the interventions alone, because all searches stop at the total limit.
        queries += [query(both.format(what), intr=phrase, cond=any_condition) for phrase, what in things]
    queries += [query(what, intr=phrase) for phrase, what in things]
    queries += [query(what, term=phrase) for phrase, what in words]
    return queries, left_out


def _within_limit(phrases: Sequence[str], room: int) -> list[str]:
    """Return the first phrases that fit into the word limit of one part of a search."""
    kept: list[str] = []
    for phrase in phrases:
        size = len(phrase.split())
        if size <= room:
            kept.append(phrase)
            room -= size
    return kept


def by_phrase(
    language: SearchLanguage, seed: TrialRecord, terms: Iterable[str], bounds: Bounds = BOUNDS
) -> list[Query]:
    """Return searches for the seed's own words anywhere in a record.

    `terms`: stems, the most telling first. Only pairs are used.
    """
    written = phrases_in(text_of(seed))
    pairs = (sorted(filter(telling, written.get(term, ())))[:1] for term in terms if " " in term)
    phrases = islice((found[0] for found in pairs if found), bounds.texts)
    return [Query(f"the words {phrase!r}", language.sent((("term", language.quoted(phrase)),))) for phrase in phrases]


def gather(
    client: Searchable,
    language: SearchLanguage,
    queries: Sequence[Query],
    into: Gathered,
    *,
    bounds: Bounds = BOUNDS,
    progress: Progress = silent,
) -> None:
    """Run the searches and add what they find to `into`, each trial once.

    A search that is refused is skipped with a notice. If the registry does not answer, all searches end.
    """
    for number, query in enumerate(queries):
        progress("Searching the registry", number, len(queries))
        if len(into.records) >= bounds.total:
            unmade = f"{count_of(len(queries) - number, 'search was', 'searches were')} not made"
            into.notices.append(f"{len(into.records):,} trials were read, and {bounds.total:,} are enough: {unmade}")
            return
        into.asked += 1
        try:
            _one(client, language.likest_first(query.params), query.what, into, bounds)
        except Permanent as error:
            into.refused += 1
            into.notices.append(f"the search for {query.what} was refused: {error.message}")
        except RegistryError as error:
            into.error = error
            return


def _one(client: Searchable, params: Mapping[str, str], what: str, into: Gathered, bounds: Bounds) -> None:
    # One record more than needed shows whether the search was cut.
    found = client.search(params, bounds.records + 1)
    for number, raw in enumerate(found):
        if number == bounds.records:
            into.notices.append(f"the search for {what} found more than {bounds.records}; the rest was not read")
        elif raw.trial:
            into.records.setdefault(raw.trial, raw)
