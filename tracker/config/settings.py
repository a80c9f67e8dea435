"""All settings as one frozen object, read once at the entry point (`read_settings`) and passed down."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from storage.engine.url import parse
from tracker.config.alert_tables import (
    AlertsSettings,
    ChannelHead,
    ChannelTable,
    RuleSettings,
)
from tracker.http.outbound import Outbound
from tracker.registries.listed import FIRST, REGISTRIES
from tracker.registries.registry import RegistrySettings, SettingsBeforeHttp
from tracker.results.thresholds import DUE_SOON_DAYS

__all__ = [
    "DaemonSettings",
    "FileSettings",
    "FileShape",
    "HttpSettings",
    "ResultsSettings",
    "Secrets",
    "Settings",
    "WebSettings",
]

SHARE_OF_PACE = 0.5
"""A registry without a configured pace gets this share of the first registry's pace."""


class HttpSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[http]`, for all outgoing connections."""

    #: An address or a page, for the User-Agent.
    contact: str = ""
    #: The address of an HTTP proxy.
    proxy: str = ""
    #: A PEM file of certificate authorities to trust in addition to those of the system.
    ca_file: str = ""


class DaemonSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[daemon]`."""

    #: Requested once an hour while all is well. A dead man's switch there notices when the requests stop.
    ping_url: str = ""


class ResultsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[results]`."""

    #: Warn this many days before results are due. Empty for no warning.
    due_soon_days: tuple[int, ...] = DUE_SOON_DAYS


class RetentionSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[retention]`."""

    #: How long to keep data that no hash covers (see `storage.outbox.retention`). 0 keeps it for ever.
    days: int = 0


class WebSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[web]`, for the pages, the API and the feeds."""

    #: Let the daemon serve them too. It does when this table is there.
    serve: bool = True
    #: The address to listen at. Any but this machine's own needs a token: `trialwatch tokens add`.
    host: str = "127.0.0.1"
    port: int = 8344
    #: The names by which browsers reach it through a proxy, such as `trials.example.org`.
    names: tuple[str, ...] = ()
    #: The address of the pages as people see it, for links in feeds. By default that of the request.
    url: str = ""
    #: Where the hashes of the tokens are. By default `web-tokens` beside the store.
    token_file: str = ""
    #: Let the pages change things, such as what is watched. Only with a token, or on this machine alone.
    actions: bool = True


class Secrets(dict[str, str]):
    """Values of environment variables that the file names as secrets. They are never shown, not even by mistake."""

    def __repr__(self) -> str:
        return f"<{len(self)} secrets>"


class FileSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All keys that the file and the environment may set, without the tables of the registries."""

    database_url: str = ""
    http: HttpSettings = HttpSettings()
    daemon: DaemonSettings = DaemonSettings()
    results: ResultsSettings = ResultsSettings()
    retention: RetentionSettings = RetentionSettings()
    web: WebSettings = WebSettings()
    alerts: AlertsSettings = AlertsSettings()
    channel: tuple[ChannelHead, ...] = ()
    rule: tuple[RuleSettings, ...] = ()


FileShape = msgspec.defstruct(
    "FileShape",
    [(name, type(registry.settings), registry.settings) for name, registry in REGISTRIES.items()],
    bases=(FileSettings,),
    frozen=True,
    forbid_unknown_fields=True,
)
"""The type of the decoded file: the same, plus one table per registry, with its name and its shape."""


class Settings(msgspec.Struct, frozen=True):
    """The program's settings."""

    #: Holds the database, the config file and the locks.
    home: Path
    database_url: str = ""
    #: The tables of registries, by name. Use `table` to get one.
    registries: Mapping[str, RegistrySettings] = msgspec.field(default_factory=dict)
    daemon: DaemonSettings = DaemonSettings()
    results: ResultsSettings = ResultsSettings()
    test_clock: Path | None = None
    #: The file that was read, and its text.
    file: Path | None = None
    text: str = ""
    alerts: AlertsSettings = AlertsSettings()
    channel: tuple[ChannelTable, ...] = ()
    rule: tuple[RuleSettings, ...] = ()
    retention: RetentionSettings = RetentionSettings()
    secrets: Secrets = msgspec.field(default_factory=Secrets)
    http: HttpSettings = HttpSettings()
    web: WebSettings = WebSettings()
    #: Whether the daemon serves the pages.
    daemon_serves: bool = False

    @property
    def database(self) -> Path | str:
        """Return where the store is: the path of an SQLite file (in `home` by default), or a server's address.

        Raise ValueError for an address that is neither.
        """
        return parse(self.database_url) if self.database_url else self.home / "trialwatch.db"

    @property
    def token_file(self) -> Path:
        """Return the file with the hashes of the tokens of the pages."""
        return Path(self.web.token_file).expanduser() if self.web.token_file else self.home / "web-tokens"

    @property
    def derived(self) -> Path:
        """Return the folder for files that can be deleted, because they are made again from the store."""
        return self.home / "derived"

    def table(self, registry: str) -> RegistrySettings:
        """Return the settings of one registry, or its defaults."""
        return self.registries.get(registry, REGISTRIES[registry].settings)

    def pace(self, registry: str = FIRST.name) -> float:
        """Return the most requests per second to a registry."""
        own = self.table(registry).requests_per_second
        return own if own is not None else (self.table(FIRST.name).requests_per_second or 1.0) * SHARE_OF_PACE

    @property
    def contact(self) -> str:
        """Return the operator's address or page, for the User-Agent. "" if none is set."""
        return self.http.contact or next((it.contact for it in self._before_http if it.contact), "")

    @property
    def outbound(self) -> Outbound:
        """Return how this installation reaches other hosts."""
        ca_file = Path(self.http.ca_file).expanduser() if self.http.ca_file else None
        proxy = self.http.proxy or next((it.proxy for it in self._before_http if it.proxy), "")
        return Outbound(self.contact, proxy, ca_file)

    @property
    def _before_http(self) -> list[SettingsBeforeHttp]:
        return [it for it in self.registries.values() if isinstance(it, SettingsBeforeHttp)]
