"""Check one by one what could keep this installation from working."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from storage.engine.database import REVISIONS
from storage.engine.redaction import holds_secret, safe_address
from storage.errors import StorageError
from storage.watching import watches
from tracker.api.alerts import CheckedConfig
from tracker.api.poll import Check
from tracker.app import open_context, registry_urls
from tracker.config.alert_tables import AlertsSettings, named_secrets
from tracker.config.settings import Settings
from tracker.context.clock_of import clock_of
from tracker.context.context import Context
from tracker.errors import RegistryError, SettingsError, Unreachable
from tracker.http.tls import tls_context, trusted
from tracker.http.user_agent import registry_user_agent
from tracker.registries.ids import by_registry
from tracker.services.alerts.check import check, with_states
from tracker.services.diagnostics.channel_probes import dialled
from tracker.services.diagnostics.exposure import open_to_others, sqlite_row
from tracker.services.diagnostics.store_steps import next_step
from tracker.services.polling.poll import lift_refusals

__all__ = ["NETWORKED", "examine", "file_system_of", "in_order"]

NETWORKED = frozenset("nfs nfs4 cifs smb3 smbfs 9p afs ceph glusterfs fuse.sshfs fuse.glusterfs fuse.s3fs".split())
_TOO_FAR = timedelta(days=7)


def examine(settings: Settings, *, offline: bool = False, ask_registries: bool = True) -> list[Check]:
    """Return a row per check, what matters most first: `ok` is false (must be fixed), None (worth knowing) or true.

    `offline`: nothing is dialled. `ask_registries`: False if the caller asks them.
    """
    rows = [_home(settings), _config(settings), _contact(settings), _way_out(settings), *_secrets(settings)]
    alerts = check(settings, clock_of(settings))
    try:
        with open_context(_without_alerts(settings) if alerts.mistakes else settings) as context:
            rows.append(_row("store", True, f"{context.database.url}, schema {REVISIONS[-1]}"))
            if context.database.dialect == "sqlite":
                rows.append(_row("sqlite", *sqlite_row()))
            if offline:
                rows.append(_row("registry", None, "not asked (--offline)"))
            elif ask_registries:
                rows += _registries(context, settings)
            rows += _disk(context)
            rows += [
                _row("privacy", None, sentence) for sentence in open_to_others(settings.home, context.database.path)
            ]
            with context.database.read() as session:
                alerts = with_states(alerts, session, settings)
    except StorageError as error:
        rows.append(_row("store", False, f"{error}{next_step(error)}"))
    except SettingsError:
        pass  # `_way_out` has reported it
    ready = [it.channel for it in alerts.channels if it.state == "ready" and not offline]
    rows += _alerts(alerts, dialled(settings, ready))
    return in_order(rows)


def in_order(rows: list[Check]) -> list[Check]:
    """Return the rows with failures first, then remarks, then what is well."""
    return sorted(rows, key=lambda row: (row.ok is not False, row.ok is not None))


def _disk(context: Context) -> list[Check]:
    """Check for locks and shared memory, which SQLite needs and network file systems do not provide."""
    if context.database.path is None:
        return []
    kind = file_system_of(context.database.path)
    if kind not in NETWORKED:
        return [_row("disk", True, kind or "unknown file system")]
    sentence = f"the store lies on {kind}: SQLite loses data there sooner or later; use a local disk, or PostgreSQL"
    return [_row("disk", None, sentence)]


def _row(check: str, ok: bool | None, detail: str) -> Check:
    return Check(check=check, ok=ok, detail=detail)


def _home(settings: Settings) -> Check:
    home = settings.home
    if not home.exists():
        return _row("home", None, f"{home} does not exist yet; it is made with the first store")
    if not os.access(home, os.W_OK):
        return _row("home", False, f"{home} cannot be written to; set TRIALWATCH_HOME to a folder of yours")
    return _row("home", True, str(home))


def _config(settings: Settings) -> Check:
    if settings.file is None:
        return _row("config", True, "no config file: defaults and the environment")
    secret = any(map(holds_secret, (settings.database_url, settings.outbound.proxy)))
    if secret and settings.file.stat().st_mode & 0o077:
        return _row(
            "config", False, f"{settings.file} holds a password and others can read it: chmod 600 {settings.file}"
        )
    return _row("config", True, str(settings.file))


def _secrets(settings: Settings) -> Iterator[Check]:
    """Yield files with secrets of channels that other users of this machine can read."""
    for name in named_secrets(settings.channel, "_file"):
        file = Path(name).expanduser()
        if file.exists() and file.stat().st_mode & 0o077:
            yield _row("secrets", False, f"{file} holds a secret and others can read it: chmod 600 {file}")


def _without_alerts(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, alerts=AlertsSettings(), channel=(), rule=())


def _alerts(found: CheckedConfig, dialled: Mapping[str, Check]) -> Iterator[Check]:
    """Yield mistakes in the file, the channels, and what is odd about either. A channel is well only if dialled."""
    for row in found.mistakes:
        line = f", line {row.line}" if row.line else ""
        yield _row("alerts", False, f"{found.file}{line}, {row.place}: {row.key} {row.reason}")
    for channel in found.channels:
        name = f"channel {channel.channel}"
        if channel.state != "ready":
            yield _row(name, None if channel.state == "muted" else False, f"{channel.state}: {channel.reason}")
            continue
        probed = dialled.get(channel.channel, _row(name, None, "not tried (--offline)"))
        does = "; ".join(part for part in (channel.does, channel.reason) if part)
        # A failure names the place itself, and ends with a command.
        yield probed if probed.ok is False else _row(name, probed.ok, f"{does}: {probed.detail}")
    yield from (_row("alerts", None, sentence) for sentence in found.notes)


def _contact(settings: Settings) -> Check:
    if settings.contact:
        return _row("contact", True, f"the registry sees: {registry_user_agent(settings.contact)}")
    return _row(
        "contact",
        None,
        "no contact is set; a registry that has trouble with us cannot reach you. "
        "Set it: trialwatch config set http.contact you@example.org",
    )


def _way_out(settings: Settings) -> Check:
    """Say which proxy and which certificates are used."""
    out = settings.outbound
    try:
        tls_context(out)
    except SettingsError as error:
        return _row("way out", False, error.message)
    way = f"through the proxy {out.shown_proxy}" if out.proxy else "without a proxy"
    return _row("way out", True, f"{way}; trusted: {trusted(out)}; mail goes straight to its server")


def _registries(context: Context, settings: Settings) -> list[Check]:
    """Check the registries of watched trials, or the first if none is watched. Ignore a pause after a refusal."""
    lift_refusals(context.database)
    with context.database.read() as session:
        names = list(by_registry(watches.watched(session))) or list(context.registries)[:1]
    return [row for name in names for row in _registry(context, name, registry_urls(settings)[name])]


def _registry(context: Context, name: str, url: str) -> list[Check]:
    shown = safe_address(url, public=True)
    try:
        data_timestamp = context.clients[name].data_timestamp()
    except Unreachable as error:
        step = "Check the network of this machine, and the proxy in [http], then: trialwatch doctor"
        return [_row("registry", False, f"{error.message}. {step}")]
    except RegistryError as error:
        return [_row("registry", False, f"{shown}: {error.message}")]
    return [_row("registry", True, f"{shown}, data of {data_timestamp}"), _clock(context.clock.now(), data_timestamp)]


def _clock(now: datetime, data_timestamp: str) -> Check:
    """Compare the clock with the registry's data, which are from today or the last working days.

    If they are far apart, one of the two is wrong.
    """
    day = datetime.fromisoformat(data_timestamp[:10]).replace(tzinfo=UTC)
    if abs(now - day) > _TOO_FAR:
        return _row("clock", None, f"this machine says {now.date()}, the registry's data are of {data_timestamp[:10]}")
    return _row("clock", True, now.isoformat(timespec="seconds"))


def file_system_of(path: Path, mounts: str | None = None) -> str:
    """Return the kind of file system a file is on, by Linux's /proc/mounts. "" if unknown."""
    if mounts is None:
        try:
            mounts = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
    found = [line.split()[1:3] for line in mounts.splitlines() if len(line.split()) > 2]
    over = [(place, kind) for place, kind in found if path.resolve().is_relative_to(place.replace("\\040", " "))]
    return max(over, key=lambda it: len(it[0]), default=("", ""))[1]
