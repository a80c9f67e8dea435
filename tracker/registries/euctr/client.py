"""The EU register: which pages are requested, in which order, and how failures become answers.

It has no date of its data and no list of records, only pages. So its data timestamp is the day: each trial is read at
most once a day. Each country's page takes a request of its own. The register's search page lists the countries. A trial
is answered completely or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from schedules.clock import Clock
from storage.values.batches import each_once
from tracker.errors import DamagedAnswer, NotBefore, NotThere, RecordError, RegistryError, TooLarge
from tracker.http.polite_client import PoliteClient, Response
from tracker.registries.answers import Answer, Batch, Gone, KnownAnswers, RawTrial, Unread, none_known
from tracker.registries.euctr.content import document_of
from tracker.registries.euctr.form import read_form
from tracker.registries.euctr.ids import split_euctr
from tracker.registries.page.decode import decode
from tracker.registries.page.page_errors import PageRefused
from tracker.registries.page.tree import ParsedPage
from tracker.registries.registry import Past

__all__ = ["EuctrClient"]

MOST_COUNTRIES = 40
_NONE_FOUND = re.compile(r"(?<!\d)0\s+result\(s\)\s+found", re.IGNORECASE)


class _Refused(Exception):
    """A page that arrived complete but cannot be read. It is quarantined with its bytes."""

    def __init__(self, reason: str, response: Response) -> None:
        super().__init__(reason)
        self.reason = reason
        self.response = response


class EuctrClient:
    """`tracker.registries.registry.Client` for https://www.clinicaltrialsregister.eu (`base_url`, without a path)."""

    name = "euctr"
    past: Past | None = None

    def __init__(self, http: PoliteClient, base_url: str, clock: Clock) -> None:
        self._http = http
        self._base = f"{base_url.rstrip('/')}/ctr-search"
        self._clock = clock

    @property
    def requests(self) -> int:
        return self._http.requests

    def data_timestamp(self) -> str:
        """Return today's date (UTC), because the register gives no date of its data. Sends no request."""
        return self._clock.now().date().isoformat()

    def fetch(self, trials: Sequence[str], known: KnownAnswers = none_known) -> Iterator[Batch]:  # noqa: ARG002
        """Yield each trial with all its pages, one after the other. After a NotBefore no more requests are sent."""
        stop: NotBefore | None = None
        for trial in each_once(trials):
            if stop is None:
                answer = self._answer(trial)
                stop = answer.error if isinstance(answer, Unread) and isinstance(answer.error, NotBefore) else None
            else:
                answer = Unread(trial, stop)
            yield Batch((answer,))

    def _answer(self, trial: str) -> Answer:
        try:
            return self._trial(trial)
        except _Refused as refused:
            return RawTrial(trial, None, refused.response.url, refused.reason, refused.response.body)
        except NotThere as error:
            return Gone(trial, error.status or 404)
        except RegistryError as error:
            return Unread(trial, error)

    def _trial(self, trial: str) -> Answer:
        number, country = split_euctr(trial)
        pages: dict[str, tuple[str, str]] = {}
        for name in [country] if country else self._countries(number):
            try:
                pages[name] = self._page(number, name)
            except NotThere as error:
                if country:
                    raise
                # The list names the page, so list and page contradict each other. A missing page then proves nothing.
                raise DamagedAnswer(f"{trial}: the page of {name} is listed and not there", subject=trial) from error
        return RawTrial(trial, document_of(number, country, pages), next(iter(pages.values()))[0])

    def _countries(self, number: str) -> list[str]:
        """Return the countries that have a page of this trial. Raise NotThere if the register says that it has none."""
        response = self._http.get(f"{self._base}/search", params={"query": f"eudract_number:{number}"}, expect="html")
        page, text = self._parsed(response)
        link = re.compile(rf"/ctr-search/trial/{re.escape(number)}/([A-Z]{{2}}|3rd)/?(?:[?#].*)?")
        found = dict.fromkeys(match[1] for match in map(link.fullmatch, map(_path, page.links())) if match)
        if len(found) > MOST_COUNTRIES:
            raise TooLarge(f"the register lists {len(found)} countries of {number}", subject=number)
        if not found and _NONE_FOUND.search(text):
            raise NotThere(f"the register has no trial {number}", subject=number, status=404)
        if not found:
            raise DamagedAnswer(f"the register's list of {number} names no page and no reason", subject=number)
        return sorted(found)

    def _page(self, number: str, country: str) -> tuple[str, str]:
        """Return the address and the text of one page. It is checked to be the requested page."""
        response = self._http.get(f"{self._base}/trial/{number}/{country}", expect="html")
        try:
            text = decode(response.body, response.headers.get("content-type", ""))
            read_form(text, number, country)
        except RecordError as error:
            raise _Refused(error.message, response) from error
        return response.url, text

    def _parsed(self, response: Response) -> tuple[ParsedPage, str]:
        try:
            page = ParsedPage.of(decode(response.body, response.headers.get("content-type", "")))
            return page, page.text()
        except PageRefused as error:
            raise _Refused(error.message, response) from error


def _path(link: str) -> str:
    """Return the path of an address on the register's own site, independent of the base address."""
    return re.sub(r"^https?://[^/]+", "", link)
