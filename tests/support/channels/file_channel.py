"""A channel that appends each message to a file: the smallest complete channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson

from tracker.alerts.channels.channel import (
    Channel,
    ChannelSettings,
    ChannelSpec,
    Delivery,
    Installation,
    Probe,
    Receipt,
    Wrong,
)
from tracker.alerts.message import Alert
from tracker.errors import NotDelivered
from tracker.http.outbound import Outbound


class FileSettings(ChannelSettings, frozen=True, tag="file", kw_only=True):
    path: str = ""

    @property
    def address_key(self) -> str:
        return "path"

    def check(self, here: Installation, wrong: Wrong) -> FileSpec | None:
        if not Path(self.path).is_absolute():
            wrong.append(("path", "must be an absolute path"))
        return FileSpec(self.name, Path(self.path))


@dataclass(frozen=True, slots=True)
class FileSpec(ChannelSpec):
    path: Path

    def describe(self) -> str:
        return f"lines to {self.path}"

    def open(self, stopwatch: Callable[[], float], outbound: Outbound) -> Channel:
        return FileChannel(self)


class FileChannel:
    addresses: tuple[str, ...] = ()

    def __init__(self, spec: FileSpec) -> None:
        self.name = spec.name
        self.for_people = spec.for_people
        self.for_people = spec.for_people
        self.fingerprint = str(spec.path)
        self._path = spec.path

    def render(self, alert: Alert) -> bytes:
        return orjson.dumps([" ".join(filter(None, (it.acronym, it.summary))) for it in alert.changes])

    def send(self, delivery: Delivery) -> Receipt:
        try:
            with self._path.open("ab") as file:
                file.write(delivery.body + b"\n")
        except OSError as error:
            raise NotDelivered(f"{self._path} cannot be written to", subject=self.name) from error
        return Receipt()

    def probe(self, seconds: float) -> Probe:
        if not self._path.parent.is_dir():
            raise NotDelivered(f"{self._path} is in no folder", subject=self.name)
        return Probe(True, "its folder is there")

    def close(self) -> None:
        """Do nothing: the file is closed after each message."""
