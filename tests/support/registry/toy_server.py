"""The toy registry on loopback, for requests from `tests.support.registry.toy`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.registry.embedded_registry import RegistryServer, Reply, Request

__all__ = ["ToyServer", "toy_server"]


class ToyServer:
    """`trials` and `day` may be changed while it runs."""

    def __init__(self, server: RegistryServer) -> None:
        self.url = f"{server.url}/toy"
        self.trials: dict[str, dict[str, Any]] = {}
        self.day = "2026-08-14"
        server.faults = self._answer

    def _answer(self, request: Request) -> Reply | None:
        if not request.path.startswith("/toy/"):
            return None
        asked = request.path.removeprefix("/toy/")
        if asked == "version":
            return _json({"day": self.day})
        found = self.trials.get(asked.removeprefix("trials/"))
        return Reply(404) if found is None else _json(found)


def _json(value: object) -> Reply:
    return Reply(body=json.dumps(value).encode(), kind="application/json")


@contextmanager
def toy_server() -> Iterator[ToyServer]:
    with RegistryServer() as server:
        yield ToyServer(server)
