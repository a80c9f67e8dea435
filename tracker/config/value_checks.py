"""What is wrong with the values of settings that have the right shape. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from tracker.config.mistakes import ConfigMistake, KeyPath
from tracker.config.settings import Settings
from tracker.registries.listed import FIRST
from tracker.registries.registry import RegistrySettings, SettingsBeforeHttp
from tracker.results.thresholds import MOST_DUE_SOON_DAYS

__all__ = ["value_mistakes"]

MOST_DAYS = 36_500
MOST_REQUESTS_PER_SECOND = 1000
MOST_PORT = 65_535
HOST_NAME = r"(?i)[a-z0-9_]([a-z0-9_.-]*[a-z0-9])?|\[[0-9a-f:.]+\]"


def value_mistakes(settings: Settings) -> Iterator[ConfigMistake]:
    """Yield every value that cannot be used."""
    for name, table in settings.registries.items():
        yield from _pace(name, table)
    yield from _addresses(settings)
    yield from _contacts(settings)
    yield from _two_places(settings)
    if any(not 0 <= days <= MOST_DUE_SOON_DAYS for days in settings.results.due_soon_days):
        reason = f"must be days from 0 to {MOST_DUE_SOON_DAYS:,} before the due day"
        yield ConfigMistake(("results", "due_soon_days"), reason)
    if not 0 <= settings.retention.days <= MOST_DAYS:
        yield ConfigMistake(("retention", "days"), f"must be days from 0 (keep all) to {MOST_DAYS:,}")
    yield from _web(settings)


def _pace(name: str, table: RegistrySettings) -> Iterator[ConfigMistake]:
    pace = table.requests_per_second
    if pace is None and name != FIRST.name:
        return
    if pace is None or not 0 < pace <= MOST_REQUESTS_PER_SECOND:
        reason = f"must be above 0 and at most {MOST_REQUESTS_PER_SECOND:,} (1 is polite), not {pace}"
        yield ConfigMistake((name, "requests_per_second"), reason)


def _web(settings: Settings) -> Iterator[ConfigMistake]:
    web = settings.web
    if not 0 <= web.port <= MOST_PORT:
        yield ConfigMistake(("web", "port"), f"must be from 1 to {MOST_PORT}, or 0 for any free one, not {web.port}")
    if not web.host.strip():
        yield ConfigMistake(("web", "host"), "must be an address to listen at, such as 127.0.0.1")
    for name in web.names:
        if not re.fullmatch(HOST_NAME, name):
            reason = f"must be names such as trials.example.org, without http:// and without a port, not {name[:60]!r}"
            yield ConfigMistake(("web", "names"), reason)


def _addresses(settings: Settings) -> Iterator[ConfigMistake]:
    places: list[tuple[KeyPath, str]] = [
        *(((name, "url"), it.url) for name, it in settings.registries.items()),
        (("http", "proxy"), settings.http.proxy),
        *(((name, "proxy"), it.proxy) for name, it in _before_http(settings)),
        (("daemon", "ping_url"), settings.daemon.ping_url),
        (("web", "url"), settings.web.url),
    ]
    required = {(name, "url") for name in settings.registries}
    for path, url in places:
        if (url or path in required) and not _is_address(url):
            from storage.engine.redaction import safe_address  # noqa: PLC0415  (its patterns, for a mistake alone)

            shown = safe_address(url, public=path[-1] == "url")[:200]
            yield ConfigMistake(path, f"must be an http(s) address, not {shown!r}")


def _contacts(settings: Settings) -> Iterator[ConfigMistake]:
    older = ((name, it.contact) for name, it in _before_http(settings))
    for place, contact in (("http", settings.http.contact), *older):
        if not (contact.isascii() and contact.isprintable()):
            reason = "goes into a header of every request, so it takes plain ASCII letters on one line, not "
            yield ConfigMistake((place, "contact"), f"{reason}{contact[:40]!r}")


def _two_places(settings: Settings) -> Iterator[ConfigMistake]:
    """Accept `contact` and `proxy` in a table that is older than `[http]`. They mean the same there."""
    for name, table in _before_http(settings):
        for key in ("contact", "proxy"):
            new, old = getattr(settings.http, key), getattr(table, key)
            if new and old and new != old:
                reason = "stands in [http] too, and differs there. It holds for every registry, so leave it out of "
                yield ConfigMistake((name, key), f"{reason}[{name}]")


def _before_http(settings: Settings) -> list[tuple[str, SettingsBeforeHttp]]:
    return [(name, it) for name, it in settings.registries.items() if isinstance(it, SettingsBeforeHttp)]


def _is_address(url: str) -> bool:
    """Return True if `url` is an http(s) address with a host and a valid port."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
