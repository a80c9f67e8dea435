"""ClinicalTrials.gov: its facts, and where to find its reader and its client."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import TYPE_CHECKING, Any

from schedules.calendars import Calendar
from tracker.registries.ctgov.ids import NCT_NUMBERS
from tracker.registries.registry import Links, Reader, Registry, RegistrySettings, SettingsBeforeHttp

if TYPE_CHECKING:
    from schedules.clock import Clock
    from tracker.http.polite_client import PoliteClient
    from tracker.registries.ctgov.client import CtgovClient
    from tracker.registries.search import SearchLanguage

__all__ = ["Ctgov", "CtgovSettings"]

_PAGES = "https://clinicaltrials.gov/study/"


class CtgovSettings(SettingsBeforeHttp, frozen=True, forbid_unknown_fields=True):
    """`[ctgov]`."""

    #: The address without `/api/v2`.
    url: str = "https://clinicaltrials.gov"
    requests_per_second: float | None = 1.0


class Ctgov(Registry):
    """Publishes a new data set on working days at about nine in the morning, Washington time."""

    name = "ctgov"
    title = "ClinicalTrials.gov"
    ids = NCT_NUMBERS
    settings = CtgovSettings()
    calendar = Calendar("America/New_York", time(9, 0))

    @property
    def reader(self) -> Reader:
        from tracker.registries.ctgov.reader import READER

        return READER

    def connect(self, http: PoliteClient, settings: RegistrySettings, _clock: Clock) -> CtgovClient:
        from tracker.registries.ctgov.client import CtgovClient

        return CtgovClient(http, settings.url)

    def links(self, trial: str) -> Links:
        page = f"{_PAGES}{trial}"
        return Links(page, f"{page}?tab=history", f"{page}?tab=results")

    def version_page(self, trial: str, number: int) -> str:
        # The history endpoint counts versions from 0, this page counts them from 1.
        return f"{_PAGES}{trial}?tab=history&a={number + 1}#version-content-panel"

    @property
    def search(self) -> SearchLanguage:
        from tracker.registries.ctgov.query_language import ESSIE

        return ESSIE

    def is_record(self, document: Mapping[str, Any]) -> bool:
        return "protocolSection" in document
