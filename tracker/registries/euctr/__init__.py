"""The EU Clinical Trials Register: its facts, and where to find its reader and its client. It has only HTML pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.registries.euctr.ids import EU_NUMBERS, split_euctr
from tracker.registries.registry import Links, Reader, Registry, RegistrySettings

if TYPE_CHECKING:
    from schedules.clock import Clock
    from tracker.http.polite_client import PoliteClient
    from tracker.registries.euctr.client import EuctrClient

__all__ = ["Euctr", "EuctrSettings"]

_PAGES = "https://www.clinicaltrialsregister.eu/ctr-search/"


class EuctrSettings(RegistrySettings, frozen=True, forbid_unknown_fields=True):
    """`[euctr]`."""

    #: The address without `/ctr-search`.
    url: str = "https://www.clinicaltrialsregister.eu"


class Euctr(Registry):
    """It has no fixed hour of publication, so each trial is polled once a day."""

    name = "euctr"
    title = "the EU Clinical Trials Register"
    ids = EU_NUMBERS
    settings = EuctrSettings()

    @property
    def reader(self) -> Reader:
        from tracker.registries.euctr.reader import READER

        return READER

    def connect(self, http: PoliteClient, settings: RegistrySettings, clock: Clock) -> EuctrClient:
        from tracker.registries.euctr.client import EuctrClient

        return EuctrClient(http, settings.url, clock)

    def links(self, trial: str) -> Links:
        number, country = split_euctr(trial)
        page = f"{_PAGES}trial/{number}/{country}" if country else f"{_PAGES}search?query={number}"
        return Links(page, results=f"{_PAGES}trial/{number}/results")
