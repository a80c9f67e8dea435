"""Requests to the toy registry: the day of its data, and one record at a time, both as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from storage.values.batches import each_once
from tracker.errors import DamagedAnswer, NotBefore, NotThere, RegistryError
from tracker.http.polite_client import PoliteClient
from tracker.registries.answers import Answer, Batch, Gone, KnownAnswers, RawTrial, Unread, none_known
from tracker.registries.registry import Past
from tracker.registries.strict_json import BadJson, loads

__all__ = ["ToyClient"]


class ToyClient:
    """Implements `tracker.registries.registry.Client`."""

    name = "toy"
    past: Past | None = None

    def __init__(self, http: PoliteClient, base_url: str) -> None:
        self._http = http
        self._base = base_url.rstrip("/")

    @property
    def requests(self) -> int:
        return self._http.requests

    def data_timestamp(self) -> str:
        """Return the day of its data. Raise RegistryError."""
        answer = self._http.get(f"{self._base}/version", expect="json")
        try:
            version = loads(answer.body)
        except BadJson as error:
            raise DamagedAnswer(f"the toy registry's day is not readable: {error}", subject=answer.url) from error
        if not isinstance(version, dict) or not isinstance(version.get("day"), str):
            raise DamagedAnswer("the toy registry says no day", subject=answer.url)
        return str(version["day"])

    def fetch(self, trials: Sequence[str], known: KnownAnswers = none_known) -> Iterator[Batch]:
        """Yield each record by itself. After a NotBefore, ask no more."""
        stop: NotBefore | None = None
        for trial in each_once(trials):
            answer = Unread(trial, stop) if stop is not None else self._one(trial)
            if isinstance(answer, Unread) and isinstance(answer.error, NotBefore):
                stop = answer.error
            yield Batch((answer,))

    def _one(self, trial: str) -> Answer:
        try:
            answer = self._http.get(f"{self._base}/trials/{trial}", expect="json")
            return RawTrial(trial, loads(answer.body), answer.url)
        except BadJson as error:
            return RawTrial(trial, None, answer.url, str(error), answer.body)
        except NotThere as error:
            return Gone(trial, error.status or 404)
        except RegistryError as error:
            return Unread(trial, error)
