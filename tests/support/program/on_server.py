"""A program whose store is in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.support.program.program import Program
from tests.support.registry.embedded_registry import RegistryServer

__all__ = ["OnServer"]


class OnServer(Program):
    """`url`: the address of its database."""

    def __init__(self, home: Path, registry: RegistryServer | None, url: str) -> None:
        super().__init__(home, registry)
        self.url = url

    def environment(self, extra: Mapping[str, str] = {}) -> dict[str, str]:
        return super().environment({"TRIALWATCH_DATABASE_URL": self.url, **extra})
