"""A registry that tells the story, and misbehaves in one answer of ten."""

from __future__ import annotations

import gzip
import json
import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.soak.story import Story
from tests.support.harness import is_list
from tests.support.registry.embedded_registry import (
    Act,
    Fault,
    RegistryServer,
    Reply,
    Request,
    Study,
    as_json,
    hang_up,
    resets,
    says,
)

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
PAUSE = timedelta(minutes=2)
Spoil = Callable[["SoakRegistry", Request], Fault]


def _body(registry: SoakRegistry, request: Request) -> bytes:
    return registry.answer(request).body


def _cut(registry: SoakRegistry, request: Request) -> Act:
    body = _body(registry, request)
    head = f"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return says(head, body[: len(body) // 2])


def _unended(registry: SoakRegistry, request: Request) -> Act:
    body = _body(registry, request)
    head = b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    return says(head, f"{len(body):x}\r\n".encode(), body, b"\r\n")


def _short_gzip(registry: SoakRegistry, request: Request) -> Reply:
    packed = gzip.compress(_body(registry, request))[:-20]
    return Reply(200, packed, "application/json", {"Content-Encoding": "gzip"})


def _two_members(registry: SoakRegistry, request: Request) -> Reply:
    body = _body(registry, request)
    packed = gzip.compress(body[:10]) + gzip.compress(body[10:])
    return Reply(200, packed, "application/json", {"Content-Encoding": "gzip"})


def _wait(registry: SoakRegistry, _request: Request) -> Reply:
    registry.not_before = registry.now + PAUSE
    return Reply(429, headers={"Retry-After": str(int(PAUSE.total_seconds()))})


TRANSPORT: dict[str, Spoil] = {
    "A01 cut short": _cut,
    "A02 gzip cut short": _short_gzip,
    "A03 two gzip members": _two_members,
    "A04 chunks without an end": _unended,
    "A09 reset": lambda _, __: resets(),
    "A09 reset in the body": lambda _, __: resets(b"HTTP/1.1 200 X\r\nContent-Length: 900\r\n\r\n{"),
    "A09 closed": lambda _, __: hang_up,
    "A10 429": _wait,
    "A12 503": lambda _, __: Reply(503),
    "A13 500": lambda _, __: Reply(500),
    "A20 not UTF-8": lambda _, __: Reply(200, '{"studies": []}'.encode("utf-16"), "application/json"),
    "B01 maintenance": lambda _, __: Reply(200, b"<html><body>We are back soon</body></html>", "text/html"),
}


def _listed(change: Callable[[SoakRegistry, list[Study]], list[Study]], *, at: int = 0) -> Spoil:
    """A list whose records `change` has seen; `at` -1 for those of the data set before."""

    def spoil(registry: SoakRegistry, request: Request) -> Fault:
        number = registry.number + at
        studies = registry.listed(request, number)
        # What two data sets say is the registry's word: the storm is told on one.
        if not studies or (at and number == registry.story.storm):
            return None
        return as_json({"totalCount": len(studies), "studies": change(registry, studies)})

    return spoil


def _typed(registry: SoakRegistry, studies: list[Study]) -> list[Study]:
    one = json.loads(json.dumps(studies.pop(registry.chance.randrange(len(studies)))))
    one["protocolSection"]["statusModule"]["overallStatus"] = 7
    return [*studies, one]


def _without_status(registry: SoakRegistry, studies: list[Study]) -> list[Study]:
    one = json.loads(json.dumps(studies.pop(registry.chance.randrange(len(studies)))))
    del one["protocolSection"]["statusModule"]["overallStatus"]
    return [*studies, one]


def _one_older(registry: SoakRegistry, studies: list[Study]) -> list[Study]:
    moved = [study for study in studies if _id(study) in registry.story.changes]
    if not moved or registry.number == registry.story.storm:
        return studies
    older = registry.story.at(_id(registry.chance.choice(moved)), 0)
    return [study for study in studies if older is None or _id(study) != _id(older)] + ([older] if older else [])


LISTS: dict[str, Spoil] = {
    "B02 an empty list": lambda _, __: as_json({"totalCount": 0, "studies": []}),
    "B03 fewer than counted": _listed(lambda _, studies: studies[: len(studies) - 5]),
    "B06 one page twice": _listed(lambda _, studies: [*studies, *studies]),
    "B12 another type": _listed(_typed),
    "B10 no status": _listed(_without_status),
    "B15 one left out": _listed(lambda _, studies: studies[1:]),
    "B18 one older": _listed(_one_older),
    "B20 the copy of the day before": _listed(lambda _, studies: studies, at=-1),
    "B25 another order": _listed(lambda _, studies: studies[::-1]),
}
LYING = ("B02 an empty list", "B03 fewer than counted", "B15 one left out")
"""After these, trials are asked for one by one: twenty at most, and then the lists are not believed."""
VERSIONS: dict[str, Spoil] = {
    "B19 data of the day before": lambda registry, _: as_json(registry.version(max(0, registry.number - 1)))
}


class SoakRegistry(RegistryServer):
    """`number`: the data set that is out; `now`: the simulated instant. Both are set by whoever drives the clock."""

    def __init__(self, story: Story, *, share: float, seed: int = 2) -> None:
        super().__init__(faults=self._spoil)
        self.story = story
        self.share = share
        self.chance = random.Random(seed)
        self.number = 0
        self.now = LONG_AGO
        self.not_before = LONG_AGO
        self.early = 0
        self.spoiled: Counter[str] = Counter()
        self.in_flight = 0
        self.most_in_flight = 0
        self._counting = threading.Lock()

    def _fault(self, request: Request) -> Fault:
        with self._counting:
            self.early += self.now < self.not_before
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return self._spoil(request) or self._well(request)
        finally:
            with self._counting:
                self.in_flight -= 1

    def _spoil(self, request: Request) -> Fault:
        if self.chance.random() >= self.share:
            return None
        own = LISTS if is_list(request) else VERSIONS if request.path.endswith("/version") else {}
        kind = TRANSPORT if not own or self.chance.random() < 0.5 else own
        name = self.chance.choice(list(kind))
        found = kind[name](self, request)
        self.spoiled[name] += found is not None
        return found

    def version(self, number: int) -> dict[str, str]:
        return {"apiVersion": "2.0.5", "dataTimestamp": f"{self.story.sets[number]}T09:00:05"}

    def listed(self, request: Request, number: int) -> list[Study]:
        found = (self.story.at(name, max(0, number)) for name in request.ids)
        return [study for study in found if study is not None]

    def answer(self, request: Request) -> Reply:
        """The answer of a registry that is well, whose records are those of the story."""
        if request.path.endswith("/version"):
            return as_json(self.version(self.number))
        if is_list(request):
            studies = self.listed(request, self.number)
            return as_json({"totalCount": len(studies), "studies": studies})
        name = request.path.rpartition("/")[2]
        one = self.story.at(name, self.number)
        return as_json(one) if one else Reply(404, f"NCT number {name} not found".encode())


def _id(study: Study) -> str:
    return str(study["protocolSection"]["identificationModule"]["nctId"])
