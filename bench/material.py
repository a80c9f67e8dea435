"""What is measured with: the real records beside the project where they are, else records made here."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson

__all__ = ["Shelf", "is_real", "pairs", "posted", "records"]

Study = dict[str, Any]
DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "ctgov"
_DAY = re.compile(rb'("versionHolder": ?")[\d-]{10}')
_WORDS = "trial of the in patients with drug dose response survival weeks placebo arm tumor safety after".split()


def is_real() -> bool:
    return (DATA / "records").is_dir()


def records() -> list[bytes]:
    """One record a trial, as the registry sends it: JSON without white space."""
    if not is_real():
        return [orjson.dumps(made(number)) for number in range(1, 1401)]
    found: dict[str, bytes] = {}
    for path in sorted((DATA / "records").glob("*.json")):
        record = orjson.loads(path.read_bytes())
        found.setdefault(own_id(record), orjson.dumps(record))
    return list(found.values())


def pairs() -> Iterator[tuple[Study, Study]]:
    """Two versions of one trial, before and after, decoded."""
    if not is_real():
        yield from ((made(number), _edited(made(number))) for number in range(1, 34))
        return
    for pair in orjson.loads((DATA / "pairs.json").read_bytes()):
        before, after = (orjson.loads((DATA / "records" / pair[side]).read_bytes()) for side in "ab")
        yield before, after


def posted() -> list[Study]:
    """Decoded records with posted results: every real one, else the demo's."""
    if is_real():
        decoded = (orjson.loads(path.read_bytes()) for path in sorted((DATA / "records").glob("*.json")))
        return [record for record in decoded if record.get("resultsSection")]
    section = orjson.loads((files("tracker.demo") / "data" / "NCT05349331-results.json").read_bytes())
    return [made(1) | {"hasResults": True, "resultsSection": section}]


def own_id(record: Study) -> str:
    return str(record["protocolSection"]["identificationModule"]["nctId"])


@dataclass(frozen=True)
class Shelf:
    """The records a registry would hand out. `copies`: so many, made of `originals` under numbers of their own."""

    originals: Sequence[bytes]
    copies: int = 0

    @cached_property
    def _places(self) -> dict[str, int]:
        if self.copies:
            return {f"NCT{number:08d}": number % len(self.originals) for number in range(1, self.copies + 1)}
        return {own_id(orjson.loads(record)): place for place, record in enumerate(self.originals)}

    @property
    def ids(self) -> list[str]:
        return sorted(self._places)

    def data_timestamp(self, day: int) -> str:
        """The registry's data timestamp."""
        return f"2026-02-{day:02d}T09:00:05"

    def record(self, trial: str, day: int) -> bytes:
        """As on any real day, nothing changes from one to the next but the day that every record carries."""
        original = self.originals[self._places[trial]]
        if self.copies:
            original = original.replace(own_id(orjson.loads(original)).encode(), trial.encode())
        return _DAY.sub(rb"\g<1>" + self.data_timestamp(day)[:10].encode(), original, count=1)

    @lru_cache(maxsize=128)  # noqa: B019  (a shelf lives as long as its process)
    def page(self, ids: tuple[str, ...], day: int) -> bytes:
        listed = b",".join(self.record(trial, day) for trial in ids)
        return b'{"totalCount":%d,"studies":[%b]}' % (len(ids), listed)

    def __hash__(self) -> int:
        return id(self)


def made(number: int) -> Study:
    """A record of about 12 KB in the registry's shape; the same for the same number."""
    draw = random.Random(number)

    def text(words: int) -> str:
        return " ".join(draw.choices(_WORDS, k=words))

    def place(at: int) -> Study:
        return {"facility": f"Hospital {at}", "city": text(1), "zip": f"{at:05d}", "country": "France"}

    outcomes = [{"measure": f"{text(12)} {at}", "timeFrame": text(4), "description": text(40)} for at in range(12)]
    return {
        "protocolSection": {
            "identificationModule": {"nctId": f"NCT{number:08d}", "briefTitle": text(12), "officialTitle": text(20)},
            "statusModule": {"overallStatus": "RECRUITING", "lastUpdatePostDateStruct": {"date": "2026-01-15"}},
            "descriptionModule": {"briefSummary": text(150), "detailedDescription": text(400)},
            "conditionsModule": {"conditions": [text(2) for _ in range(3)]},
            "designModule": {"studyType": "INTERVENTIONAL", "enrollmentInfo": {"count": 100, "type": "ESTIMATED"}},
            "outcomesModule": {"primaryOutcomes": outcomes[:2], "secondaryOutcomes": outcomes[2:]},
            "eligibilityModule": {"eligibilityCriteria": text(300), "sex": "ALL", "stdAges": ["ADULT"]},
            "contactsLocationsModule": {"locations": [place(at) for at in range(10, 10 + draw.randrange(30))]},
        },
        "derivedSection": {"miscInfoModule": {"versionHolder": "2026-02-01"}},
        "hasResults": False,
    }


def _edited(study: Study) -> Study:
    protocol = study["protocolSection"]
    protocol["statusModule"]["overallStatus"] = "COMPLETED"
    protocol["designModule"]["enrollmentInfo"] = {"count": 80, "type": "ACTUAL"}
    protocol["contactsLocationsModule"]["locations"].insert(0, {"facility": "Hospital 1", "zip": "00001"})
    return study
