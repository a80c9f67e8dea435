"""Run in a network of its own where every address leads to a trap. Print the dialled addresses as JSON.

    unshare --net --mount python -m tests.support.channels.inside_namespace

No traffic can leave: the namespace has only the loopback interface, and all addresses are routed to it.
"""

from __future__ import annotations

import json
import selectors
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import trustme

from tests.support.channels import address_corpus
from tests.support.channels.webhook_factories import attempt, channel
from tests.support.channels.webhook_sink import Sink
from tracker.alerts.targets.webhook_url import refusal, target_of
from tracker.errors import DeliveryError

RESOLVER = "127.0.0.53"
REDIRECTS = (301, 302, 303, 307, 308)
TRUST = ssl.create_default_context()


class Traps:
    """Sockets that listen on all addresses at each port of the corpus, and record the intended target."""

    def __init__(self) -> None:
        self.caught: Counter[str] = Counter()
        self._selector = selectors.DefaultSelector()
        for port in address_corpus.PORTS:
            trap = socket.socket(socket.AF_INET6)
            trap.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trap.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            trap.bind(("::", port))
            trap.listen(1000)
            self._selector.register(trap, selectors.EVENT_READ)

    def take(self) -> list[str]:
        """Return the addresses dialled since the last call. The kernel has queued every connection that was made."""
        found = []
        while ready := self._selector.select(0):
            for key, _ in ready:
                connection, _ = key.fileobj.accept()  # type: ignore[union-attr]
                found.append(plain(connection.getsockname()[0]))
                connection.close()
        self.caught.update(found)
        return found


class Names(threading.Thread):
    """A DNS server for the corpus. `asked` counts the questions for each name and type."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.asked: Counter[tuple[str, int]] = Counter()
        self._fixed = address_corpus.names() | {"good.test": ("9.9.9.9",)}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((RESOLVER, 53))

    def run(self) -> None:
        while True:
            question, asker = self._socket.recvfrom(512)
            self._socket.sendto(self._answer(question), asker)

    def _answer(self, question: bytes) -> bytes:
        end, labels = 12, []
        while size := question[end]:
            labels.append(question[end + 1 : end + 1 + size].decode())
            end += size + 1
        name, kind = ".".join(labels).lower(), struct.unpack("!H", question[end + 1 : end + 3])[0]
        self.asked[name, kind] += 1
        found = [it.packed for it in map(ip_address, self._found(name)) if len(it.packed) == {1: 4, 28: 16}.get(kind)]
        records = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 0, len(it)) + it for it in found)
        code = 0x8180 if self._found(name) else 0x8183
        return question[:2] + struct.pack("!HHHHH", code, 1, len(found), 0, 0) + question[12 : end + 5] + records

    def _found(self, name: str) -> tuple[str, ...]:
        if name.startswith("rebind"):
            first, after = address_corpus.REBINDING[int(name.removeprefix("rebind").partition(".")[0])]
            return (first if self.asked[name, 1] <= 1 else after,)
        return self._fixed.get(name, ())


def plain(address: str) -> str:
    """Return an address as people write it: an IPv4 address that came in as IPv6 becomes IPv4."""
    found = ip_address(address)
    four = getattr(found, "ipv4_mapped", None)
    return str(four or found)


def settle_in() -> None:
    """Route every address here, and resolve names with our own server."""
    for words in ("link set lo up", "route add local 0.0.0.0/0 dev lo", "-6 route add local ::/0 dev lo"):
        subprocess.run(["ip", *words.split()], check=True)
    folder = Path(tempfile.mkdtemp())
    for name, text in (("resolv.conf", f"nameserver {RESOLVER}\n"), ("nsswitch.conf", "hosts: files dns\n")):
        (folder / name).write_text(text)
        subprocess.run(["mount", "--bind", str(folder / name), f"/etc/{name}"], check=True)


def outcome(url: str, **more: Any) -> str:
    """Return what happens to a webhook to this address, whether or not the configuration would accept it."""
    try:
        return str(attempt(channel(url, **{"context": TRUST, "seconds": 2.0} | more)))
    except ValueError:
        return "no address"
    except DeliveryError as error:
        return f"{type(error).__name__}: {error.message}"


def baited(traps: Traps) -> list[str]:
    """Return the addresses of the corpus that a plain client reaches, so that a trap would notice."""
    heard = []
    for address in address_corpus.inside():
        with suppress(OSError):
            socket.create_connection((address, 443), 2.0).close()
        heard += [address] if traps.take() else []
    return heard


def unguarded(traps: Traps) -> list[dict[str, Any]]:
    """Try every third address of the corpus without the guard: each one is listed as allowed."""
    found = []
    for url in list(address_corpus.urls())[::3]:
        with suppress(ValueError):
            place = target_of(url).place
            told = outcome(url, seconds=0.05, allow=[place])
            found.append({"url": url, "outcome": told, "dialled": traps.take()})
    return found


def redirected() -> list[dict[str, Any]]:
    """Try an allowed receiver that redirects us to each of the traps."""
    found = []
    with Sink() as sink:
        for number, url in enumerate(address_corpus.urls()):
            location = url.encode("ascii", "ignore").decode().translate({0: None, 10: None, 13: None})
            sink.answers = [(REDIRECTS[number % 5], {"Location": location})]
            told = outcome(sink.url, allow=[sink.place])
            found.append({"url": url, "outcome": told, "asked": len(sink.hooks)})
            sink.hooks.clear()
    return found


def delivered_for_good() -> dict[str, Any]:
    """Try a public name with real DNS and real TLS: the guard lets through what it should."""
    authority, serving, trusting = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("good.test").configure_cert(serving)
    authority.configure_trust(trusting)
    with Sink(host="9.9.9.9") as sink:
        sink.secure(serving)
        told = outcome(f"https://good.test:{sink.port}/hook", context=trusting)
        return {"outcome": told, "host": sink.hooks[0].headers["host"] if sink.hooks else "", "port": sink.port}


def main() -> None:
    settle_in()
    traps, server = Traps(), Names()
    server.start()
    report: dict[str, Any] = {"baited": baited(traps), "good": delivered_for_good()}
    traps.caught.clear()
    report["results"] = [
        {"url": url, "refusal": refusal(url), "outcome": outcome(url), "dialled": traps.take()}
        for url in address_corpus.urls()
    ]
    report["redirects"] = redirected()
    report["dialled_by_redirects"] = traps.take()
    report["rebinding"] = []
    for number in range(len(address_corpus.REBINDING)):
        name = f"rebind{number}.test"
        for _ in range(3):
            before = server.asked[name, 1]
            told = outcome(f"https://{name}/hook", seconds=0.3)
            asked = server.asked[name, 1] - before
            report["rebinding"].append({"name": name, "outcome": told, "dialled": traps.take(), "asked": asked})
    report["unguarded"] = unguarded(traps)
    report["public"] = [
        {"address": it, "outcome": outcome(f"https://{it}/hook", seconds=0.3), "dialled": traps.take()}
        for it in address_corpus.PUBLIC
    ]
    json.dump(report, sys.stdout)


if __name__ == "__main__":
    main()
