"""A registry with three facts, as docs/how-to/add-a-registry.md builds it: this folder and one line in the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.registry.toy.ids import TOY_NUMBERS
from tracker.registries.registry import Links, Reader, Registry, RegistrySettings

if TYPE_CHECKING:
    from schedules.clock import Clock
    from tests.support.registry.toy.client import ToyClient
    from tracker.http.polite_client import PoliteClient

__all__ = ["Toy"]


class ToySettings(RegistrySettings, frozen=True, forbid_unknown_fields=True):
    """`[toy]`. `url` is the address above `/version` and `/trials`."""

    url: str = "https://toys.example"


class Toy(Registry):
    """It has the day of its data, and returns one record at a time."""

    name = "toy"
    title = "the toy register"
    ids = TOY_NUMBERS
    settings = ToySettings()

    @property
    def reader(self) -> Reader:
        from tests.support.registry.toy.reader import READER  # noqa: PLC0415

        return READER

    def connect(self, http: PoliteClient, settings: RegistrySettings, _clock: Clock) -> ToyClient:
        from tests.support.registry.toy.client import ToyClient  # noqa: PLC0415

        return ToyClient(http, settings.url)

    def links(self, trial: str) -> Links:
        return Links(f"https://toys.example/{trial}")
