"""Which of the requested trials have been answered, and how. Pure: the client sends requests, this module keeps
track.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tracker.errors import RegistryError
from tracker.registries.answers import Answer, Batch, Gone, ObsoleteIdClaim, RawTrial, Redirected, SameBytes, Unread
from tracker.registries.ctgov.content import data_day
from tracker.registries.ctgov.ids import is_nct
from tracker.registries.ctgov.wire_hash import may_be_kept
from tracker.registries.strict_json import PageItem, read_again

__all__ = ["BatchAnswers", "aliases", "own_id", "raw_trial"]

_CLAIMED = re.compile(rb'"nctId"\s*:\s*"(NCT\d{8})"')


def own_id(record: object) -> str:
    """Return the NCT number that a record gives as its own. Empty if it has none in that form."""
    found = _at(record, "protocolSection", "identificationModule", "nctId")
    return found if is_nct(found) else ""


def aliases(record: object) -> list[str]:
    """Return the obsolete numbers that a record lists as its own."""
    found = _at(record, "protocolSection", "identificationModule", "nctIdAliases")
    return [name for name in found if is_nct(name)] if isinstance(found, list) else []


def raw_trial(item: PageItem, address: str) -> RawTrial:
    """Return a record in the form that the poll takes. `address` is the folder of records.

    A record with a problem still gets the number it claims, if its bytes show one.
    """
    if trial := own_id(item.value):
        # The hash leaves out the day wherever it stands. It says nothing if that is not the day of the data set.
        is_kept = bool(item.wire_hash) and bool(data_day(item.value or {})) and may_be_kept(item.source)
        wire_hash = item.wire_hash if is_kept else ""
        return RawTrial(trial, item.value, f"{address}/{trial}", wire_hash=wire_hash)
    trial = _claimed(item.body) if item.problem else ""
    problem = item.problem or "the record has no NCT number of its own"
    return RawTrial(trial, None, f"{address}/{trial}" if trial else address, problem, item.body)


def _claimed(body: bytes) -> str:
    match = _CLAIMED.search(body)
    return match[1].decode() if match else ""


def _at(record: object, *path: str) -> Any:
    found = record
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _freshness(record: object) -> tuple[str, ...]:
    """Return texts that sort by time, to find the newer of two copies of one record."""
    status = ("protocolSection", "statusModule")
    marks = (
        _at(record, *status, "lastUpdatePostDateStruct", "date"),
        _at(record, *status, "lastUpdateSubmitDate"),
        _at(record, "derivedSection", "miscInfoModule", "versionHolder"),
    )
    return tuple(mark if isinstance(mark, str) else "" for mark in marks)


class BatchAnswers:
    """The answers to one group of ids. A record answers its own number only. What it says about other numbers is a
    claim.
    """

    def __init__(self, asked: Iterable[str], address: str) -> None:
        self._open = dict.fromkeys(asked)
        self._asked = frozenset(self._open)
        self._address = address
        self._records: dict[str, RawTrial | SameBytes] = {}
        self._undecoded: dict[str, PageItem] = {}
        self._claims: dict[ObsoleteIdClaim, None] = {}
        self._others: list[Answer] = []
        self._notices: list[str] = []

    def missing(self) -> list[str]:
        """Return the ids without an answer, in the order of the request."""
        return list(self._open)

    def is_open(self, trial: str) -> bool:
        """Return True if this id was requested and has no answer yet."""
        return trial in self._open

    def is_claimed(self, trial: str) -> bool:
        """Return True if a record lists this id as an obsolete id of its own."""
        return any(claim.alias == trial for claim in self._claims)

    def item(self, item: PageItem) -> None:
        """Add one record from a page of several."""
        if item.known is not None:
            before = self._records.get(item.known.trial)
            if not isinstance(before, RawTrial):
                self._close(item.known.trial)
                self._records[item.known.trial] = SameBytes(item.known)
                self._undecoded[item.known.trial] = item
                return
            # It came twice, so both have to be compared.
            item = read_again(item)
        trial = raw_trial(item, self._address)
        claims = self._claims_of(trial)
        if not trial.trial:
            self._others.append(trial)
        elif trial.trial in self._asked or claims:
            self._claims |= claims
            self._keep(trial)
        else:
            self._notices.append(f"{trial.trial} came although nobody asked for it, and was dropped")

    def alone(self, asked: str, item: PageItem, *, redirected: bool) -> None:
        """Add the answer to a request for one id. `redirected`: the registry sent us elsewhere for it."""
        trial = raw_trial(item, self._address)
        if trial.problem:
            self.undecodable(asked, trial.problem, trial.body)
            return
        claims = self._claims_of(trial)
        self._claims |= claims
        if asked != trial.trial:
            self._close(asked)
            self._others.append(Redirected(asked, trial.trial))
            if not redirected and ObsoleteIdClaim(asked, trial.trial) not in claims:
                self._notices.append(f"{asked} was answered with {trial.trial}, which does not list it as an alias")
        self._keep(trial)

    def gone(self, trial: str, status: int) -> None:
        self._close(trial)
        self._others.append(Gone(trial, status))

    def unread(self, trials: Iterable[str], error: RegistryError) -> None:
        for trial in trials:
            self._close(trial)
            self._others.append(Unread(trial, error))

    def undecodable(self, trial: str, problem: str, body: bytes) -> None:
        """Add an answer to one id that cannot be decoded. It is stored under that id, because nothing else is known of
        it.
        """
        self._close(trial)
        self._others.append(RawTrial(trial, None, f"{self._address}/{trial}", problem, body))

    def notice(self, text: str) -> None:
        self._notices.append(text)

    def batch(self) -> Batch:
        return Batch((*self._records.values(), *self._others), tuple(self._notices), tuple(self._claims))

    def _claims_of(self, trial: RawTrial) -> dict[ObsoleteIdClaim, None]:
        """Return the claims of a record about other requested ids."""
        names = [name for name in aliases(trial.value) if name in self._asked and name != trial.trial]
        return dict.fromkeys(ObsoleteIdClaim(name, trial.trial) for name in names)

    def _keep(self, trial: RawTrial) -> None:
        self._close(trial.trial)
        before = self._records.get(trial.trial)
        if isinstance(before, SameBytes):
            before = raw_trial(read_again(self._undecoded.pop(trial.trial)), self._address)
            self._records[trial.trial] = before
        if before is None:
            self._records[trial.trial] = trial
        elif before.value != trial.value:
            self._notices.append(f"{trial.trial} came twice, with different content; the newer is kept")
            if _freshness(trial.value) > _freshness(before.value):
                self._records[trial.trial] = trial

    def _close(self, trial: str) -> None:
        self._open.pop(trial, None)
