"""A home whose daemon serves the pages, and delivers to a receiver."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import httpx

from tests.support.channels.smtp_sink import free_port
from tests.support.channels.webhook_sink import SECRET, Sink
from tests.support.daemon.daemon_process import DaemonProcess
from tests.support.registry.embedded_registry import RegistryServer

__all__ = ["Serving"]


class Serving(DaemonProcess):
    """A home whose daemon serves the pages at `port`, and delivers to a receiver."""

    def __init__(self, home: Path, registry: RegistryServer, sink: Sink) -> None:
        super().__init__(home, registry)
        self.port = free_port()
        home.mkdir()
        channel = f'name = "team"\ntype = "webhook"\nurl = "{sink.url}"\nsecret_env = "HOOK_SECRET"'
        rule = 'name = "all"\non = ["status.*"]\nsend = ["team"]'
        text = f'[web]\nport = {self.port}\n[[channel]]\n{channel}\nallow = ["{sink.place}"]\n[[rule]]\n{rule}\n'
        (home / "trialwatch.toml").write_text(text)

    def environment(self, extra: Mapping[str, str] = {}) -> dict[str, str]:
        return super().environment({"HOOK_SECRET": SECRET, **extra})

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", trust_env=False, timeout=60)

    def act(self, path: str, **fields: str) -> httpx.Response:
        """Send a form as a page of the daemon does, and return the page to which the answer leads."""
        origin = f"http://127.0.0.1:{self.port}"
        headers = {"origin": origin, "sec-fetch-site": "same-origin"}
        with httpx.Client(base_url=origin, trust_env=False, timeout=60, follow_redirects=True) as client:
            return client.post(path, data=fields, headers=headers)
