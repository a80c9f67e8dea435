"""Find the records that match a query: a small, literal version of the registry's search.

All words of a query must occur. "Quoted words" must occur together. OR (upper case) separates alternatives. There are
no synonyms: `liver cancer` does not find hepatocellular carcinoma.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from tracker.records.json_objects import RawRecord

_TITLES: Final = tuple(f"identificationModule.{name}" for name in ("briefTitle", "officialTitle", "acronym"))
AREAS: Final[Mapping[str, tuple[str, ...]]] = {
    "query.cond": ("conditionsModule", *_TITLES),
    "query.intr": ("armsInterventionsModule", *_TITLES),
    "query.titles": _TITLES,
    "query.spons": ("sponsorCollaboratorsModule",),
    "query.lead": ("sponsorCollaboratorsModule.leadSponsor",),
    "query.locn": ("contactsLocationsModule.locations",),
    "query.outc": ("outcomesModule",),
    "query.id": ("identificationModule",),
    "query.term": ("",),
}
NEWEST: Final = "StudyFirstPostDate"


class BadQuery(ValueError):
    """This registry does not support the query. The message names the parameter."""


def search(records: Iterable[RawRecord], params: Mapping[str, str]) -> list[RawRecord]:
    """Return the records that match all filters and queries of `params`, in their order or (`sort`) the newest first.

    Raise BadQuery.
    """
    statuses = set(filter(None, re.split("[|,]", params.get("filter.overallStatus", ""))))
    ids = {name.upper() for name in re.split(r"[|,\s]+", params.get("filter.ids", "")) if name}
    queries = [(area, _alternatives(area, params[area])) for area in AREAS if params.get(area)]
    found = [
        record
        for record in records
        if (not ids or ids & names(record))
        and (not statuses or _status(record)["overallStatus"] in statuses)
        and all(any(_holds(record, area, each) for each in either) for area, either in queries)
    ]
    if params.get("sort", "").partition(":")[0] == NEWEST:
        found.sort(key=_posted, reverse=True)
    return found


def _posted(record: RawRecord) -> str:
    return str(_status(record).get("studyFirstPostDateStruct", {}).get("date", ""))


def _status(record: RawRecord) -> RawRecord:
    status: RawRecord = record["protocolSection"]["statusModule"]
    return status


def names(record: RawRecord) -> set[str]:
    """Return the record's NCT id and its obsolete ids."""
    identification = record["protocolSection"]["identificationModule"]
    return {identification["nctId"], *identification.get("nctIdAliases", ())}


def _alternatives(area: str, query: str) -> list[list[str]]:
    """Return the alternatives of a query, each a list of phrases (` word word `) that must all occur."""
    if "AREA[" in query:
        raise BadQuery(f"Error parsing query in {area}: this registry reads words and quoted phrases only")
    either = re.split(r"\bOR\b", re.sub(r"\bAND\b|[()\\]", " ", query))
    return [[_words(part) for part in re.findall(r'"[^"]*"|[^\s"]+', each)] for each in either]


def _holds(record: RawRecord, area: str, phrases: list[str]) -> bool:
    texts = [_words(text) for path in AREAS[area] for text in _texts(_at(record["protocolSection"], path))]
    return all(any(phrase in text for text in texts) for phrase in phrases)


def _words(text: str) -> str:
    return " ".join(["", *re.findall(r"\w+", text.casefold()), ""])


def _at(value: Any, path: str) -> Any:
    for key in filter(None, path.split(".")):
        value = value.get(key, {})
    return value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
