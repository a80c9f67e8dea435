"""The records that similar trials are measured on, and which of them belong together.

Two shelves, both optional folders beside the project. The old one: 6,786 records of 2000 to 2007 whose identifiers are
masked, with three sets of judgments. TREC10, ten candidates a query judged for one patient's condition. XREF, records
that name each other. PMID, records that cite one paper. The new one: the real records of today, the trials of the
demo, and the grades of `judged/`.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from bench.material import DATA as RECORDS
from tracker.demo.story import STORY
from tracker.errors import RecordError
from tracker.records.trial import Eligibility, Intervention, Mesh, OutcomeMeasure, Outcomes, Sponsor, Title, TrialRecord
from tracker.registries.ctgov.reader import read

__all__ = ["DATA", "Grades", "Old", "grades", "is_here", "new_shelf"]

DATA = RECORDS.parent / "similar"
JUDGED = Path(__file__).parent / "judged"
_END_OF_DEMO = date(2027, 12, 31)

Row = dict[str, Any]
Grades = dict[str, dict[str, int]]
"""Seed -> trial -> grade."""


def is_here() -> bool:
    return DATA.is_dir() and RECORDS.is_dir()


@dataclass(frozen=True)
class Old:
    """The old shelf. `pools`: query, candidates, labels; `links`: kind -> trial -> the trials it belongs to."""

    records: Mapping[str, TrialRecord]
    pools: Sequence[Row]
    links: Mapping[str, Mapping[str, set[str]]]

    @classmethod
    def read(cls) -> Old:
        with gzip.open(DATA / "corpus_masked.jsonl.gz") as lines:
            found = [_masked(orjson.loads(line)) for line in lines]
        links: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for kind, pairs in orjson.loads((DATA / "registry_links.json").read_bytes()).items():
            for one, other, *_ in pairs:
                links[kind.upper()][one].add(other)
                links[kind.upper()][other].add(one)
        pools = orjson.loads((DATA / "trec_pools.json").read_bytes())
        return cls({it.trial: it for it in found}, [pool for pool in pools if any(pool["labels"])], links)


def new_shelf() -> dict[str, TrialRecord]:
    """Return today's records by trial: the real ones, then the trials of the demo as they end."""
    found: dict[str, TrialRecord] = {}
    for path in sorted((RECORDS / "records").glob("*.json"), reverse=True):
        try:
            record = read(orjson.loads(path.read_bytes())).record
        except RecordError:
            continue
        found.setdefault(record.trial, record)
    for trial in STORY.facts:
        document = STORY.record_on(trial, _END_OF_DEMO)
        if document is not None:
            found.setdefault(trial, read(document).record)
    return dict(sorted(found.items()))


def grades(name: str = "grades") -> Grades:
    """Return the grades of `judged/grades.csv`, or of the second reading."""
    found: Grades = defaultdict(dict)
    with (JUDGED / f"{name}.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            found[row["seed"]][row["trial"]] = int(row["grade"])
    return dict(found)


def _masked(row: Row) -> TrialRecord:
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
