"""A program with channels: a webhook `team`, mails `me` to two people, and rules that name them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.channels.alert_harness import SECRET, mail, rule, webhook
from tests.support.channels.smtp_sink import Mailbox
from tests.support.channels.webhook_sink import Sink
from tests.support.program.program import Program, Run, record, update
from tests.support.registry.embedded_registry import RegistryServer

__all__ = ["ONE", "OTHER", "TWO", "Alerting", "alerting"]

ONE, TWO = "NCT00000001", "NCT00000002"
OTHER = "you@example.org"


@dataclass
class Alerting:
    """Both trials are watched and were polled. `config` is the first content of the file."""

    program: Program
    registry: RegistryServer
    sink: Sink
    box: Mailbox
    config: str

    def run(self, *words: str | Path, expect: int | None = 0, **extra: str) -> Run:
        return self.program.run(*words, expect=expect, **{"HOOK_SECRET": SECRET, **extra})

    def json(self, *words: str, expect: int | None = 0, **extra: str) -> Any:
        return self.run(*words, "-o", "json", expect=expect, **extra).json

    def table(self, *words: str, expect: int | None = 0, **extra: str) -> str:
        """Return what is printed as a table, with its lines joined, because line breaks do not matter."""
        return " ".join(self.run(*words, "-o", "table", expect=expect, **extra).out.split())

    def error(self, *words: str, code: int = 2, **extra: str) -> str:
        return self.program.error(*words, code=code, **{"HOOK_SECRET": SECRET, **extra})[0]

    def configure(self, text: str) -> None:
        (self.program.home / "trialwatch.toml").write_text(text, encoding="utf-8")

    def change(self, trial: str, status: str = "COMPLETED", days: int = 1, *words: str) -> Run:
        """Change a trial's status at the registry, and poll. Exit code 3 means that some could not be delivered."""
        self.program.day(days)
        day = self.program.clock.read_text()[:10]
        update(self.registry.studies[trial], day, overallStatus=status)
        polled = self.run("poll", *words, expect=None)
        assert polled.code in (0, 3), polled
        return polled

    def messages(self, *words: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.json("alerts", "outbox", *words)["messages"]
        return found


@contextmanager
def alerting(
    folder: Path,
    *,
    to: tuple[str, ...] = ("me@example.org", OTHER),
    text: str = "",
    make: Callable[[Path, RegistryServer], Program] = Program,
) -> Iterator[Alerting]:
    """Yield the program in `folder`. `text` replaces its rule, which sends everything to both channels."""
    with RegistryServer([record(trial) for trial in (ONE, TWO)]) as registry, Sink() as sink, Mailbox() as box:
        program = make(folder / "home", registry)
        program.home.mkdir(parents=True)
        config = '[alerts]\nowner = "me"\n\n' + webhook(sink) + mail(box, to=to) + (text or rule("team", "me"))
        found = Alerting(program, registry, sink, box, config)
        found.configure(config)
        found.run("watch", ONE, TWO, "--no-backfill", "--tag", "liver")
        yield found
