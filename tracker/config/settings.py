"""All settings as one frozen object, read once at the entry point and passed down.

Order: defaults, then the TOML file, then the environment. An unknown key or a bad value is refused, with its name and
line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import platformdirs

from storage.engine.redaction import safe_address
from storage.engine.url import SQLITE, parse
from tracker.config.alert_tables import (
    AlertsSettings,
    ChannelHead,
    ChannelTable,
    RuleSettings,
    TomlTable,
    channel_tables,
    named_secrets,
)
from tracker.config.toml_lines import line_of
from tracker.errors import SettingsError
from tracker.http.outbound import Outbound
from tracker.registries.listed import FIRST, REGISTRIES
from tracker.registries.registry import RegistrySettings, SettingsBeforeHttp
from tracker.results.thresholds import DUE_SOON_DAYS, MOST_DUE_SOON_DAYS
from tracker.text_files import NotText, read_text

__all__ = [
    "DaemonSettings",
    "HttpSettings",
    "ResultsSettings",
    "Secrets",
    "Settings",
    "load_settings",
]

MOST_DAYS = 36_500
MOST_REQUESTS_PER_SECOND = 1000
SHARE_OF_PACE = 0.5
"""A registry without a configured pace gets this share of the first registry's pace."""
ENVIRONMENT = {
    "TRIALWATCH_DATABASE_URL": ("database_url",),
    **{f"TRIALWATCH_{name.upper()}_URL": (name, "url") for name in REGISTRIES},
    "TRIALWATCH_REQUESTS_PER_SECOND": (FIRST.name, "requests_per_second"),
}


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


class Secrets(dict[str, str]):
    """Values of environment variables that the file names as secrets. They are never shown, not even by mistake."""

    def __repr__(self) -> str:
        return f"<{len(self)} secrets>"


class _FileSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All keys that the file and the environment may set, without the tables of the registries."""

    database_url: str = ""
    http: HttpSettings = HttpSettings()
    daemon: DaemonSettings = DaemonSettings()
    results: ResultsSettings = ResultsSettings()
    retention: RetentionSettings = RetentionSettings()
    alerts: AlertsSettings = AlertsSettings()
    channel: tuple[ChannelHead, ...] = ()
    rule: tuple[RuleSettings, ...] = ()


_FileSettingsWithTables = msgspec.defstruct(
    "_FileSettingsWithTables",
    [(name, type(registry.settings), registry.settings) for name, registry in REGISTRIES.items()],
    bases=(_FileSettings,),
    frozen=True,
    forbid_unknown_fields=True,
)
"""The same, plus one table per registry, with its name and its shape."""


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
    #: The file that was read.
    file: Path | None = None
    alerts: AlertsSettings = AlertsSettings()
    channel: tuple[ChannelTable, ...] = ()
    rule: tuple[RuleSettings, ...] = ()
    retention: RetentionSettings = RetentionSettings()
    secrets: Secrets = msgspec.field(default_factory=Secrets)
    http: HttpSettings = HttpSettings()

    @property
    def database(self) -> Path | str:
        """Return where the store is: the path of an SQLite file (in `home` by default), or a server's address.

        Raise ValueError for an address that is neither.
        """
        return parse(self.database_url) if self.database_url else self.home / "trialwatch.db"

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


def load_settings(environment: Mapping[str, str]) -> Settings:
    """Read settings from the environment and the file it names. Raise SettingsError with the key and the line."""
    home = _path(environment.get("TRIALWATCH_HOME") or platformdirs.user_data_dir("trialwatch"))
    named = environment.get("TRIALWATCH_CONFIG")
    path = _path(named) if named else home / "trialwatch.toml"
    values, text = _read_file(path, must_exist=bool(named))
    _overlay(values, environment)
    parsed = _converted(values, path, text)
    channels = channel_tables(parsed.channel, values.get("channel", ()))
    clock = environment.get("TRIALWATCH_TEST_CLOCK")
    loaded = Settings(
        home=home,
        database_url=_absolute(parsed.database_url),
        http=parsed.http,
        registries={name: getattr(parsed, name) for name in REGISTRIES},
        daemon=parsed.daemon,
        results=parsed.results,
        retention=parsed.retention,
        test_clock=Path(clock) if clock else None,
        file=path if text else None,
        alerts=parsed.alerts,
        channel=channels,
        rule=parsed.rule,
        secrets=Secrets({name: environment[name] for name in named_secrets(channels, "_env") if name in environment}),
    )
    return _checked(loaded, path, text)


def _path(text: str) -> Path:
    """Return a path from the environment, made absolute once. Later code then does not depend on the working
    directory.
    """
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError:  # ~ with an unknown user: take it literally
        return Path(text).absolute()


def _absolute(address: str) -> str:
    """Return the address of the store with an absolute path. Raise SettingsError for an unknown kind of address."""
    if not address:
        return ""
    try:
        place = parse(address)
    except ValueError as error:
        raise SettingsError(f"database_url {error}", subject="database_url") from error
    return f"{SQLITE}{place}" if isinstance(place, Path) else place


def _read_file(path: Path, *, must_exist: bool) -> tuple[TomlTable, str]:
    try:
        text = read_text(path)
    except FileNotFoundError:
        if must_exist:
            raise SettingsError(f"The config file {path} does not exist", subject=str(path)) from None
        return {}, ""
    except (OSError, NotText) as error:
        raise SettingsError(f"The config file {path} cannot be read: {error}", subject=str(path)) from error
    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The config file {path} is not valid TOML: {error}", subject=str(path)) from error


def _overlay(values: TomlTable, environment: Mapping[str, str]) -> None:
    for name, place in ENVIRONMENT.items():
        text = environment.get(name)
        if not text:
            continue
        target = values
        for key in place[:-1]:
            target = target.setdefault(key, {})
            if not isinstance(target, dict):
                raise SettingsError(f"{key} must be a table", subject=key)
        target[place[-1]] = _number(name, text) if place[-1] == "requests_per_second" else text


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise SettingsError(f"{name} must be a number, not {text[:40]!r}", subject=name) from None


def _converted(values: TomlTable, path: Path, text: str) -> _FileSettings:
    try:
        converted: _FileSettings = msgspec.convert(values, _FileSettingsWithTables, strict=True)  # type: ignore[assignment]
    except msgspec.ValidationError as error:
        where_in = _path_of(str(error))
        key = str(where_in[-1]) if where_in else ""
        line = line_of(text, where_in) if where_in else None
        where = f"{path}, line {line}" if line else str(path)
        raise SettingsError(f"{where}: {key or 'a value'} is not right: {error}", subject=key) from error
    return converted


def _path_of(message: str) -> tuple[str | int, ...]:
    """Return the place that a msgspec message names: its path, and the name of an unknown field."""
    path = re.search(r"at `\$\.?([^`]*)`", message)
    parts: list[str | int] = []
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path.group(1) if path else ""):
        parts.append(int(index) if index else name)
    unknown = re.search(r"unknown field `([^`]+)`", message)
    if unknown:
        parts.append(unknown.group(1))
    while parts and not isinstance(parts[-1], str):
        parts.pop()
    return tuple(parts)


def _checked(settings: Settings, path: Path, text: str) -> Settings:
    for name, table in settings.registries.items():
        _check_pace(name, table, path)
    _check_addresses(settings, path)
    _check_http(settings, path, text)
    if any(not 0 <= days <= MOST_DUE_SOON_DAYS for days in settings.results.due_soon_days):
        raise SettingsError(
            f"results.due_soon_days must be days from 0 to {MOST_DUE_SOON_DAYS:,} before the due day ({path})",
            subject="due_soon_days",
        )
    if not 0 <= settings.retention.days <= MOST_DAYS:
        raise SettingsError(f"retention.days must be days from 0 (keep all) to {MOST_DAYS:,} ({path})", subject="days")
    return settings


def _check_pace(name: str, table: RegistrySettings, path: Path) -> None:
    pace = table.requests_per_second
    if pace is None and name != FIRST.name:
        return
    if pace is None or not 0 < pace <= MOST_REQUESTS_PER_SECOND:
        raise SettingsError(
            f"{name}.requests_per_second must be above 0 (1 is polite), not {pace} ({path})",
            subject="requests_per_second",
        )


def _check_http(settings: Settings, path: Path, text: str) -> None:
    """Accept `contact` and `proxy` in a table that is older than `[http]`. They mean the same there."""
    older = [(name, it) for name, it in settings.registries.items() if isinstance(it, SettingsBeforeHttp)]
    for place, contact in (("http", settings.http.contact), *((name, it.contact) for name, it in older)):
        if not (contact.isascii() and contact.isprintable()):
            raise SettingsError(
                f"{place}.contact goes into a header of every request, so it takes plain ASCII letters on one line, "
                f"not {contact[:40]!r} ({path})",
                subject="contact",
            )
    for name, it in older:
        for key in ("contact", "proxy"):
            new, old = getattr(settings.http, key), getattr(it, key)
            if new and old and new != old:
                line = line_of(text, (name, key))
                where = f"{path}, line {line}" if line else str(path)
                raise SettingsError(
                    f"{where}: {key} stands in [http] too, and differs there. It holds for every registry, so leave it "
                    f"out of [{name}]",
                    subject=key,
                )


def _check_addresses(settings: Settings, path: Path) -> None:
    tables = settings.registries.items()
    older = [(name, it.proxy) for name, it in tables if isinstance(it, SettingsBeforeHttp)]
    for name, url, where in (
        *((f"{name}.url", it.url, f"TRIALWATCH_{name.upper()}_URL or {path}") for name, it in tables),
        ("http.proxy", settings.http.proxy or "http://none", str(path)),
        *((f"{name}.proxy", proxy or "http://none", str(path)) for name, proxy in older),
        ("daemon.ping_url", settings.daemon.ping_url or "http://none", str(path)),
    ):
        if not _is_address(url):
            shown = safe_address(url, public=name.endswith(".url"))[:200]
            raise SettingsError(
                f"{name} must be an http(s) address, not {shown!r} ({where})", subject=name.partition(".")[2]
            )


def _is_address(url: str) -> bool:
    """Return True if `url` is an http(s) address with a host and a valid port."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
