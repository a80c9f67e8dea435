"""A home on a machine whose own clock can be set, with a service manager and a receiver of webhooks."""

from __future__ import annotations

import json
import socket
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from tests.support.channels.alert_harness import rule, webhook
from tests.support.channels.webhook_sink import SECRET, Sink
from tests.support.daemon.daemon_process import DaemonProcess
from tests.support.daemon.shifted_clock import ShiftedClock
from tests.support.harness import IDS
from tests.support.registry.embedded_registry import RegistryServer


class Machine(DaemonProcess):
    """A home on a machine whose clock can be set. It keeps what the service manager and the webhook receiver got."""

    def __init__(self, home: Path, registry: RegistryServer, clock: ShiftedClock, sink: Sink) -> None:
        super().__init__(home, registry)
        self.machine = clock
        self.sink = sink
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind(f"\0trialwatch-{home.parent.name}-{id(self)}")
        self.manager.setblocking(False)
        self.changed: list[str] = []
        home.mkdir()
        (home / "trialwatch.toml").write_text(webhook(sink) + rule("team", on='["status.changed"]'))

    def environment(self, extra: dict[str, str] = {}) -> dict[str, str]:  # type: ignore[override]  # noqa: B006
        own = {"TRIALWATCH_TEST_CLOCK": "", "HOOK_SECRET": SECRET, **self.machine.environment}
        return super().environment({**own, "NOTIFY_SOCKET": f"@{self.manager.getsockname()[1:].decode()}", **extra})

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self.manager.close()

    def change(self) -> None:
        """Complete the next trial, and let the registry publish data that say so."""
        trial = IDS[len(self.changed)]
        self.complete(trial)
        self.changed.append(trial)
        self.registry.data_timestamp = f"{datetime.now(UTC).date()}T09:00:{len(self.changed):02}"

    def watchdog(self) -> bool:
        """Return whether the service manager got a sign of life from the daemon since the last call."""
        heard = False
        while True:
            try:
                heard |= self.manager.recv(200) == b"WATCHDOG=1"
            except BlockingIOError:
                return heard

    def told(self) -> Counter[str]:
        """Return how often each change was reported."""
        return Counter(json.loads(hook.body)["data"]["trial"] for hook in self.sink.hooks)
