"""What a status other than 200 means: a firewall, a request to wait, a bad query, an outage. Pure.

The API of a registry reports its own errors as a sentence of plain text. An HTML error page comes from something in
front of it: a firewall, a proxy or a load balancer. This tells whether the program or the query is refused.
"""

from __future__ import annotations

from datetime import datetime

from tracker.errors import Blocked, DamagedAnswer, NotBefore, NotThere, Refused, RegistryError, ServerTrouble
from tracker.records.instants import local_time

__all__ = ["GUIDE", "explained"]

GUIDE = "docs/how-to/reach-the-registry.md"
_TOO_LONG = frozenset({413, 414, 431})


def explained(
    status: int, host: str, *, kind: str = "", said: str = "", api: bool = False, until: datetime | None = None
) -> RegistryError:
    """Return the error for an answer with this status, which is not 200 and not a redirect.

    `kind`: the content type. `said`: the plain text of the answer, or "". `api`: JSON was asked for, so an HTML page
    does not come from the registry itself. `until`: the host wants no requests before this time.
    """
    if until is not None:
        return _asked_to_wait(status, host, said, until)
    if status >= 500:
        return ServerTrouble(f"{host} is out of order (status {status}){_quoted(said)}", subject=host, status=status)
    if status in (404, 410):
        return NotThere(f"{host} has no such page (status {status})", subject=host, status=status)
    if status == 407:
        message = "the proxy wants a login (status 407); write it into its address in [http] proxy"
        return Refused(message, subject=host, status=status)
    if status == 403 or (api and status >= 400 and _is_html(kind)):
        return _blocked(status, host, said)
    if status in _TOO_LONG:
        message = f"{host} refused the question as too long (status {status}){_quoted(said)}"
        return Refused(message, subject=host, status=status)
    if status >= 400:
        reason = f": {said}" if said else ", and gave no reason"
        return Refused(f"{host} refused the question (status {status}){reason}", subject=host, status=status)
    return DamagedAnswer(f"{host} answered with status {status}", subject=host, status=status)


def _asked_to_wait(status: int, host: str, words: str, until: datetime) -> NotBefore:
    why = "has had too many requests" if status == 429 else "is out of order for a while"
    message = f"{host} {why} (status {status}){_quoted(words)} and wants none before {local_time(until)}"
    return NotBefore(message, until=until, subject=host)


def _blocked(status: int, host: str, words: str) -> Blocked:
    if words:
        message = f"{host} refused this program or this network, not the question (status {status}): {words}"
    else:
        message = (
            f"the firewall of {host} refused this program or this network, not the question (status {status}); "
            f"{GUIDE} says what helps"
        )
    return Blocked(message, subject=host, status=status)


def _quoted(words: str) -> str:
    return f": {words}" if words else ""


def _is_html(kind: str) -> bool:
    return kind in ("text/html", "application/xhtml+xml")
