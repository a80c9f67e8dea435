"""ClinicalTrials.gov API v2: which requests are sent, in which order, and how failures become answers.

On a good day n ids take ceil(n / 200) requests. Only faults cost more. If a group cannot be answered or decoded as a
whole, it is split in half until the bad id is alone. If the answer to a group leaves ids out, each is requested alone,
because a missing entry in a list proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from urllib.parse import urlsplit

from storage.engine.redaction import safe_address
from storage.values.batches import batches, each_once
from tracker.errors import DamagedAnswer, NotBefore, NotThere, Refused, RegistryError
from tracker.http.polite_client import PoliteClient
from tracker.isolation import without_frames
from tracker.registries.answers import Batch, KnownAnswer, KnownAnswers, RawTrial, none_known
from tracker.registries.ctgov.batch_answers import BatchAnswers, own_id, raw_trial
from tracker.registries.ctgov.history import HistoryClient
from tracker.registries.ctgov.ids import is_nct
from tracker.registries.ctgov.wire_hash import wire_hash
from tracker.registries.registry import Past
from tracker.registries.strict_json import (
    BadJson,
    PageItem,
    Recognize,
    RecordPage,
    TooManyValues,
    loads,
    read_page,
    read_record,
    recognize_none,
)
from tracker.registries.value_count import KEPT_BYTES

__all__ = ["CtgovClient", "UndecodablePage"]

_TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}[\d:.]{0,16}Z?)?", re.ASCII)
# Statuses that a smaller group may avoid: the request line is too long, or one id in it is bad.
_SPLITTABLE = frozenset({400, 413, 414, 431})
# If more ids than this exist when requested alone, although their list left them out, the lists are wrong.
_CONTRADICTIONS = 20
# Most halvings in one fetch: enough for about a dozen bad records. If more are needed, the registry itself is in
# trouble.
_HALVINGS = 100
_EMPTY_PAGES = 20


class CtgovClient:
    """Implements `tracker.registries.registry.Client` for https://clinicaltrials.gov (`base_url`, without a path)."""

    name = "ctgov"
    past: Past | None

    def __init__(self, http: PoliteClient, base_url: str, *, batch: int = 200, search_page: int = 1000) -> None:
        self._http = http
        self.past = HistoryClient(http, base_url)
        self._api = f"{base_url.rstrip('/')}/api/v2"
        self._studies = f"{self._api}/studies"
        # The address as it is shown and stored. The address of a mirror may contain a user and a password.
        self._named = safe_address(self._studies, public=True)
        self._host = urlsplit(self._named).netloc
        self._batch = batch
        self._search_page = search_page

    @property
    def requests(self) -> int:
        """Return the number of requests sent so far, including retries."""
        return self._http.requests

    def data_timestamp(self) -> str:
        """Return the registry's data timestamp, as text. Raise RegistryError."""
        answer = self._http.get(f"{self._api}/version", expect="json")
        try:
            version = loads(answer.body)
        except BadJson as error:
            why = f"the registry's version ({self._host}) is not readable: {error}"
            raise DamagedAnswer(why, subject=answer.url) from error
        timestamp = version.get("dataTimestamp") if isinstance(version, dict) else None
        # Timestamps are compared as text. Text that is not a date could sort after all later timestamps.
        if not isinstance(timestamp, str) or not _TIMESTAMP.fullmatch(timestamp) or not _is_instant(timestamp):
            raise DamagedAnswer("the registry's version names no dataTimestamp", subject=answer.url)
        return timestamp

    def fetch(self, trials: Sequence[str], known: KnownAnswers = none_known) -> Iterator[Batch]:
        """Yield full records, one group at a time. Each id is in exactly one group, once.

        Failures of the registry are answers, not exceptions. After a NotBefore no more requests are sent, and the
        remaining ids are Unread with it.
        """
        stop: NotBefore | None = None
        doubts = _Doubts()
        for group in batches(each_once(trials), self._batch):
            found = BatchAnswers(group, self._named)
            if stop is None:
                stop = self._group(found, doubts, _recognizer(group, known))
            else:
                found.unread(group, stop)
            yield found.batch()

    def one(self, trial: str) -> Batch:
        """Return one record, requested alone."""
        found = BatchAnswers([trial], self._named)
        self._group(found, _Doubts(), alone=True)
        return found.batch()

    def search(self, params: Mapping[str, str], limit: int) -> Iterator[RawTrial]:
        """Yield records that match `params` (as the API names them), at most `limit`, each once.

        Raise RegistryError at once. Raise DamagedAnswer after the last record if the registry counted more than it
        sent: the yielded records are right, but not complete.
        """
        sent: set[str | bytes] = set()
        total = 0
        for page in self._pages({**params, "pageSize": str(min(self._search_page, limit))}) if limit > 0 else ():
            total = page.total or total
            for item in page.items:
                if _key(item) not in sent:
                    sent.add(_key(item))
                    yield raw_trial(item, self._named)
                if len(sent) == limit:
                    return
        if len(sent) < total:
            raise DamagedAnswer(f"the registry counted {total} records and sent {len(sent)}", subject=self._named)

    def count(self, params: Mapping[str, str]) -> int:
        """Return how many records match `params`, as the registry counts them. Raise RegistryError."""
        page = self._page({**params, "fields": "NCTId", "pageSize": "1", "format": "json", "countTotal": "true"})
        if page.total is None:
            raise DamagedAnswer("the registry does not say how many records it has", subject=self._named)
        return page.total

    def _group(
        self, found: BatchAnswers, doubts: _Doubts, recognize: Recognize = recognize_none, *, alone: bool = False
    ) -> NotBefore | None:
        """Answer all ids of `found`. Return the NotBefore that ended it early, if any."""
        for trial in found.missing():
            if not is_nct(trial):
                found.unread([trial], Refused(f"{trial[:40]!a} is not an NCT number", subject=trial[:40]))
        try:
            if not alone:
                self._listed(found.missing(), found, doubts, recognize)
            self._one_by_one(found, doubts)
        except NotBefore as stop:
            found.unread(found.missing(), stop)
            return stop
        return None

    def _listed(self, ids: list[str], found: BatchAnswers, doubts: _Doubts, recognize: Recognize) -> None:
        """Request these ids in one query. If it cannot be answered or decoded, request the ids still missing in two
        halves.
        """
        if not ids or (error := self._query(ids, found, recognize)) is None:
            return
        left = [trial for trial in ids if found.is_open(trial)]
        if not isinstance(error, UndecodablePage) and error.status not in _SPLITTABLE:
            found.unread(left, error)
        elif len(ids) > 1 and doubts.halvings < _HALVINGS:
            doubts.halvings += 1
            del error  # it may hold the answer (64 MB), and each half may bring as much
            middle = (len(left) + 1) // 2
            self._listed(left[:middle], found, doubts, recognize)
            self._listed(left[middle:], found, doubts, recognize)
        elif len(ids) == 1 and left and isinstance(error, UndecodablePage):
            found.undecodable(left[0], error.reason, error.body)
        else:
            found.unread(left, error)

    def _query(self, ids: list[str], found: BatchAnswers, recognize: Recognize) -> RegistryError | None:
        """Put all pages of one query into `found`. Return what went wrong, unless it ends the whole run."""
        sent: set[str | bytes] = set()
        total = 0
        try:
            for page in self._pages({"filter.ids": "|".join(ids), "pageSize": str(self._batch)}, recognize):
                total = page.total or total
                for item in page.items:
                    found.item(item)
                    sent.add(_key(item))
        except NotBefore:
            raise
        except RegistryError as error:
            return without_frames(error)
        if len(sent) < total:
            found.notice(f"the registry counted {total} records and sent {len(sent)}; the others are asked for alone")
        return None

    def _one_by_one(self, found: BatchAnswers, doubts: _Doubts) -> None:
        for trial in found.missing():
            if doubts.contradictions == _CONTRADICTIONS:
                reason = f"lists left out {_CONTRADICTIONS} trials that are there; they are not to be believed"
                found.unread(found.missing(), DamagedAnswer(reason, subject=self._named))
                return
            # An earlier answer, to an obsolete id, may have been the record of this one.
            if found.is_open(trial):
                claimed = found.is_claimed(trial)
                # For a merged number the list had the record it was merged into. So the list left nothing out.
                doubts.contradictions += self._alone(trial, found) and not claimed

    def _alone(self, trial: str, found: BatchAnswers) -> bool:
        """Request one record by its address. Return True if it exists."""
        try:
            answer = self._http.get(f"{self._studies}/{trial}", expect="json")
        except NotBefore:
            raise
        except NotThere as error:
            found.gone(trial, error.status or 404)
            return False
        except RegistryError as error:
            found.unread([trial], error)
            return False
        try:
            found.alone(trial, read_record(answer.body), redirected=bool(answer.history))
        except BadJson as error:
            problem, kept = _refused(error, answer.body, self._host)
            found.undecodable(trial, problem, kept)
        return True

    def _pages(self, query: Mapping[str, str], recognize: Recognize = recognize_none) -> Iterator[RecordPage]:
        """Yield all pages of a query. Stop at the registry's last page, or if the pages repeat or lead nowhere."""
        first = {**query, "format": "json"}
        params = {**first, "countTotal": "true"}
        tokens: set[str] = set()
        known: set[str | bytes] = set()
        empty = 0
        while True:
            page = self._page(params, recognize)
            yield page
            keys = {_key(item) for item in page.items}
            empty = 0 if keys else empty + 1
            circling = page.token in tokens or (keys and keys <= known)
            if page.token is None or circling or empty > _EMPTY_PAGES:
                return
            tokens.add(page.token)
            known |= keys
            params = {**first, "pageToken": page.token}

    def _page(self, params: Mapping[str, str], recognize: Recognize = recognize_none) -> RecordPage:
        answer = self._http.get(self._studies, params=params, expect="json")
        try:
            return read_page(answer.body, recognize)
        except BadJson as error:
            raise UndecodablePage(*_refused(error, answer.body, self._host), self._named) from error


@dataclass(slots=True)
class _Doubts:
    """Signs in one fetch that the registry's lists as a whole are wrong."""

    contradictions: int = 0
    halvings: int = 0


class UndecodablePage(DamagedAnswer):
    """A page that arrived complete and is not JSON that we accept. `body` is what arrived."""

    def __init__(self, reason: str, body: bytes, url: str) -> None:
        super().__init__(f"the registry sent a page that cannot be decoded: {reason}", subject=url, url=url)
        self.reason = reason
        self.body = body


def _refused(error: BadJson, body: bytes, host: str) -> tuple[str, bytes]:
    """Return why an answer is refused, and the bytes to keep of it. If it holds too much, only the beginning is
    kept.
    """
    if not isinstance(error, TooManyValues):
        return str(error), body
    return f"{host} sent {error} in one answer; its first {KEPT_BYTES:,} bytes are kept", body[:KEPT_BYTES]


def _is_instant(timestamp: str) -> bool:
    try:
        datetime.fromisoformat(timestamp)
    except ValueError:
        return False
    return True


def _key(item: PageItem) -> str | bytes:
    """Return a key that identifies a record: its number, or its bytes if it has none."""
    return item.known.trial if item.known else own_id(item.value) or item.body


def _recognizer(group: Sequence[str], known: KnownAnswers) -> Recognize:
    """Return a function that recognizes the last answers of this group. They are looked up with its first page."""

    @cache
    def answers() -> Mapping[str, KnownAnswer]:
        return known(group)

    def recognize(record: memoryview) -> tuple[str, KnownAnswer | None]:
        found = wire_hash(record)
        return found, answers().get(found) if found else None

    return recognize
