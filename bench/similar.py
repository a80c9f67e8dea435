"""How well trials like a trial are found, against what people and registrants judged alike; and what that costs.

Three sets of judgments over 6,786 old records whose identifiers are masked (`../shared/data/similar`, optional):
TREC10, ten candidates a query judged for one patient's condition; XREF, records that name each other; PMID, records
that cite one paper. Beside SQLite's FTS5 and a random order in the same run. Candidates are shuffled and ties broken at
random, since listed order would be rewarded; figures are medians over several such orders. Only half of the judgments
are here: the weights were chosen elsewhere, and nothing is tuned on these.

    python -m bench.similar [quality] [recall] [cost] [scale]
"""

from __future__ import annotations

import gzip
import random
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from itertools import cycle, islice
from math import log2
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from statistics import mean, median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import msgspec
import orjson

from bench.material import DATA as RECORDS
from bench.material import Shelf, records
from bench.polls import watch_all
from bench.registry import FromMemory
from bench.table import Line, section, spread
from storage.engine.sqlite_driver import sqlite3
from tracker.app import open_context
from tracker.config.settings import Settings
from tracker.polling.poll import poll
from tracker.records.trial import Eligibility, Intervention, Mesh, OutcomeMeasure, Outcomes, Sponsor, Title, TrialRecord
from tracker.registries.ctgov.client import CtgovClient
from tracker.registries.ctgov.query_language import ESSIE
from tracker.similar.candidates import Query, by_field, by_phrase
from tracker.similar.find_similar import find_similar
from tracker.similar.rank import NO_BONUS, Ranked, Ranking
from tracker.similar.shortlist import MOST, shortlist
from tracker.similar.terms import phrases_in, text_of

__all__ = ["is_here", "run"]

DATA = RECORDS.parent / "similar"
SEEDS = 25
SIZES = (100, 1_000, 20_000)
MANY = 100_000
GOALS = {("TREC10", "nDCG@5"): 0.80, ("TREC10", "P@1"): 0.78, ("XREF", "R@20"): 0.78, ("PMID", "nDCG@5"): 0.49}
RECALL_GOAL = 0.95
SECOND_QUERY_MS = 20
Row = dict[str, Any]
Scores = Mapping[str, float]
Scorer = Callable[[str], Scores]
"""A trial's id -> how like it the others are; those left out are 0."""


def is_here() -> bool:
    return DATA.is_dir()


def run(parts: Sequence[str] = ("quality", "recall", "cost")) -> list[Line]:
    """All figures, or those of some parts. Without the folder of judgments only the cost, on records made here."""
    lines: list[Line] = []
    if is_here() and {"quality", "recall", "scale"} & set(parts):
        corpus = Corpus.read()
        lines += _quality(corpus) if "quality" in parts else []
        lines += _recall(corpus) if "recall" in parts else []
        lines += _shortlisted(corpus) if "recall" in parts else []
        lines += _scale(corpus) if "scale" in parts else []
    if "cost" in parts:
        lines += [line for size in SIZES for line in _cost(size)]
    return lines


@dataclass(frozen=True)
class Corpus:
    """The records, and which belong together. `pools`: query, candidates, labels; `links`: kind -> trial -> mates."""

    records: Mapping[str, TrialRecord]
    pools: Sequence[Row]
    links: Mapping[str, Mapping[str, set[str]]]

    @classmethod
    def read(cls) -> Corpus:
        with gzip.open(DATA / "corpus_masked.jsonl.gz") as lines:
            found = [_record(orjson.loads(line)) for line in lines]
        links: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for kind, pairs in orjson.loads((DATA / "registry_links.json").read_bytes()).items():
            for one, other, *_ in pairs:
                links[kind.upper()][one].add(other)
                links[kind.upper()][other].add(one)
        pools = orjson.loads((DATA / "trec_pools.json").read_bytes())
        return cls({it.trial: it for it in found}, [pool for pool in pools if any(pool["labels"])], links)

    @cached_property
    def ids(self) -> list[str]:
        return sorted(self.records)


def _record(row: Row) -> TrialRecord:
    things = {name: Intervention(name) for name in row["interventions"]}
    if things:  # which of them the other names belong to is not told
        first = row["interventions"][0]
        things[first] = Intervention(first, other_names=tuple(row["iother"]))
    return TrialRecord(
        trial=row["nct"],
        registry="ctgov",
        status=row["status"],
        title=Title(row["title"], row["otitle"], row["acronym"]),
        conditions=tuple(row["conditions"]),
        keywords=tuple(row["keywords"]),
        interventions=things,
        mesh=Mesh(tuple(row["cmesh"]), tuple(row["imesh"])),
        summary=row["summary"],
        description=row["detail"],
        eligibility=Eligibility(criteria=row["criteria"]),
        outcomes=Outcomes(primary={text: OutcomeMeasure(text) for text in row["outcomes"]}),
        sponsor=Sponsor(lead=row["sponsor"]),
    )


# -- how well


def _quality(corpus: Corpus) -> Iterator[Line]:
    started = perf_counter()
    ranking = Ranking(corpus.records.values())
    built = perf_counter() - started
    plain = Ranking(corpus.records.values(), NO_BONUS)
    with closing(_fts(corpus)) as store:
        scorers: dict[str, Scorer] = {
            "ours": lambda trial: dict(zip(ranking.trials, ranking.scores(trial).tolist(), strict=True)),
            "ours, words alone": lambda trial: dict(zip(plain.trials, plain.scores(trial).tolist(), strict=True)),
            "SQLite FTS5": lambda trial: _fts_scores(store, ranking, corpus.records[trial]),
            "random order": lambda _: {},
        }
        for name, scorer in scorers.items():
            yield from _judged(corpus, name, lru_cache(maxsize=None)(scorer))
    yield from _speed(ranking, built)


def _judged(corpus: Corpus, name: str, scorer: Scorer) -> Iterator[Line]:
    for kind in ("TREC10", *corpus.links):
        rounds = [_figures(corpus, kind, scorer, random.Random(seed)) for seed in range(_rounds(kind))]
        for measure in rounds[0]:
            figure = median(each[measure] for each in rounds)
            goal = GOALS.get((kind, measure)) if name == "ours" else None
            reached = None if goal is None else figure >= goal
            yield Line(f"{kind}: {name}", f"{measure} {figure:.3f}", "", f">= {goal}" if goal else "", reached)


def _rounds(kind: str) -> int:
    """Ties are rare over the whole corpus, and each order of it is dear."""
    return SEEDS if kind == "TREC10" else 3


def _figures(corpus: Corpus, kind: str, scorer: Scorer, draw: random.Random) -> dict[str, float]:
    """The means over all queries, for one random order of what ties."""
    found: dict[str, list[float]] = defaultdict(list)
    if kind == "TREC10":
        for pool in corpus.pools:
            labels = dict(zip(pool["candidates"], pool["labels"], strict=True))
            order = [labels[trial] for trial in _order(scorer(pool["query"]), pool["candidates"], draw)]
            found["P@1"].append(order[0])
            found["nDCG@5"].append(_ndcg(order, sum(labels.values())))
    else:
        for trial, mates in corpus.links[kind].items():
            others = [other for other in corpus.ids if other != trial]
            order = [int(other in mates) for other in _order(scorer(trial), others, draw)]
            found["R@20"].append(sum(order[:20]) / len(mates))
            found["nDCG@5"].append(_ndcg(order, len(mates)))
            found["MRR"].append(1 / (order.index(1) + 1))
    return {measure: mean(values) for measure, values in found.items()}


def _order(scores: Scores, trials: Sequence[str], draw: random.Random) -> list[str]:
    shuffled = draw.sample(trials, len(trials))
    return sorted(shuffled, key=lambda trial: -scores.get(trial, 0.0))


def _ndcg(labels: Sequence[int], positives: int, depth: int = 5) -> float:
    gains = [1 / log2(place + 2) for place in range(depth)]
    reached = sum(gain for gain, label in zip(gains, labels, strict=False) if label)
    return reached / sum(gains[:positives])


def _fts(corpus: Corpus) -> sqlite3.Connection:
    """The plain search a database has: seven columns, weighed in `_fts_scores`."""
    store = sqlite3.connect(":memory:")
    store.execute(
        "CREATE VIRTUAL TABLE text USING fts5("
        "trial UNINDEXED, brief, official, condition, intervention, keyword, told, criteria, tokenize = 'porter')"
    )
    for it in corpus.records.values():
        conditions = [*it.conditions, *it.mesh.conditions]
        criteria = [it.eligibility.criteria or "", *it.outcomes.primary]
        columns = (
            conditions,
            [*_names(it), *it.mesh.interventions],
            it.keywords,
            [it.summary or "", it.description or ""],
        )
        texts = (it.title.brief, it.title.official, *map("\n".join, columns), "\n".join(criteria))
        store.execute("INSERT INTO text VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (it.trial, *texts))
    return store


def _names(record: TrialRecord) -> list[str]:
    return [name for thing in record.interventions.values() for name in (thing.name, *thing.other_names)]


def _fts_scores(store: sqlite3.Connection, ranking: Ranking, seed: TrialRecord) -> Scores:
    """By bm25 for the 50 most telling words of the seed."""
    written = phrases_in(text_of(seed))
    words = [min(written[term]) for term in ranking.top_terms(seed.trial) if " " not in term][:50]
    query = " OR ".join(f'"{word}"' for word in words)
    select = "SELECT trial, -bm25(text, 0, 4, 4, 4, 2, 2, 1, 1) FROM text WHERE text MATCH ?"
    return dict(store.execute(select, (query,)).fetchall())


# -- what the searches find


def _recall(corpus: Corpus) -> Iterator[Line]:
    """Of linked trials: how many the searches would bring, from a registry that reads words and phrases literally."""
    shelf = _Shelf(corpus.records)
    ranking = Ranking(corpus.records.values())
    for kind, links in corpus.links.items():
        shares, sizes = [], []
        for trial, mates in links.items():
            seed = corpus.records[trial]
            queries, _ = by_field(ESSIE, seed)
            found = set[str]().union(*map(shelf.hits, [*queries, *by_phrase(ESSIE, seed, ranking.top_terms(trial))]))
            shares.append(len(mates & found) / len(mates))
            sizes.append(len(found))
        recall = mean(shares)
        line = Line(f"{kind}: found by the searches, without bounds", f"{recall:.3f} of linked trials", "")
        yield replace(
            line, ratio=f"{mean(sizes):,.0f} candidates", goal=f">= {RECALL_GOAL}", reached=recall >= RECALL_GOAL
        )


def _shortlisted(corpus: Corpus) -> Iterator[Line]:
    """Of linked trials in one store: how many are compared in full when only the likest by title are."""
    titles = {trial: it.title.brief or "" for trial, it in corpus.records.items()}
    for kind, links in corpus.links.items():
        some = list(links.items())[::4]
        found = [len(mates & set(shortlist(corpus.records[trial], titles))) / len(mates) for trial, mates in some]
        what = f"{kind}: among the {MOST:,} of {len(titles):,} stored that are compared in full"
        yield Line(what, f"{mean(found):.3f} of linked trials", "")


class _Shelf:
    """The records by what the registry's search areas look at."""

    def __init__(self, records: Mapping[str, TrialRecord]) -> None:
        self._texts: dict[str, dict[str, str]] = {"query.cond": {}, "query.intr": {}, "query.term": {}}
        for trial, it in records.items():
            title = f"{it.title.brief}\n{it.title.official}"
            self._texts["query.cond"][trial] = _words(
                "\n".join([title, *it.conditions, *it.mesh.conditions, *it.keywords])
            )
            self._texts["query.intr"][trial] = _words("\n".join([title, *_names(it), *it.mesh.interventions]))
            self._texts["query.term"][trial] = _words(text_of(it))

    def hits(self, query: Query) -> set[str]:
        return set.intersection(*(self._area(area, either) for area, either in query.params.items()))

    @lru_cache(maxsize=1000)  # noqa: B019  (a shelf lives as long as its run)
    def _area(self, area: str, either: str) -> set[str]:
        phrases = [_words(phrase) for phrase in either.split(" OR ")]
        return {trial for trial, text in self._texts[area].items() if any(phrase in text for phrase in phrases)}


def _words(text: str) -> str:
    return "\n".join(" ".join(["", *re.findall(r"\w+", line), ""]) for line in text.casefold().splitlines())


# -- what it costs


def _speed(ranking: Ranking, built: float) -> Iterator[Line]:
    trials = ranking.trials[:: len(ranking.trials) // 50]
    times = [_milliseconds(partial(_ten, ranking, trial)) for trial in trials]
    second, most = times[1], getrusage(RUSAGE_SELF).ru_maxrss / 1024
    count = f"{len(ranking.trials):,} trials"
    yield Line(f"build, {count}", f"{built:.1f} s", "", "")
    yield Line(f"query, {count}", f"{spread(times, '.1f')} ms", "", "")
    goal = (f"<= {SECOND_QUERY_MS} ms", second <= SECOND_QUERY_MS) if len(ranking.trials) < MANY else ("", None)
    yield Line(f"second query, {count}", f"{second:.1f} ms", "", *goal)
    yield Line("memory at most, all of this run", f"{most:,.0f} MB", "")


def _ten(ranking: Ranking, trial: str) -> list[Ranked]:
    return list(islice(ranking.nearest(trial), 10))


def _milliseconds(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return (perf_counter() - started) * 1000


def _scale(corpus: Corpus) -> Iterator[Line]:
    """What an index of many trials would take, made of copies: the shape of real words, not their variety."""
    copies = (
        msgspec.structs.replace(corpus.records[trial], trial=f"NCT{number:08d}")
        for number, trial in enumerate(islice(cycle(corpus.ids), MANY), 1)
    )
    started = perf_counter()
    ranking = Ranking(copies)
    yield from _speed(ranking, perf_counter() - started)


def _cost(size: int) -> Iterator[Line]:
    """The whole command's work on a store of `size` trials: titles, records, index, order, reasons. No registry."""
    shelf = Shelf(records(), size)
    with TemporaryDirectory() as folder:
        home = Path(folder)
        watch_all(home, shelf.ids)
        with open_context(Settings(home)) as opened:
            context = replace(opened, clients={"ctgov": CtgovClient(FromMemory(shelf), "memory:/1")})
            assert poll(context).checked == size
            seconds = _milliseconds(lambda: find_similar(context, shelf.ids[0], among=[shelf.ids[1]])) / 1000
    most = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    yield Line(f"the whole command, {size:,} stored trials", f"{seconds:.1f} s", f"{most:,.0f} MB at most")


if __name__ == "__main__":
    found = run(sys.argv[1:] or ("quality", "recall", "cost"))
    print(section("Similar trials", found, "real records" if is_here() else "made records", "today"))
