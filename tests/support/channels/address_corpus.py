"""Addresses that a webhook must never reach, in all the ways to write them."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

__all__ = [
    "CARRIED",
    "FORMS_OF_LOOPBACK",
    "MIXED",
    "PLAIN_4",
    "PLAIN_6",
    "PORTS",
    "PUBLIC",
    "PUBLIC_6",
    "REBINDING",
    "carrying",
    "inside",
    "literals",
    "names",
    "urls",
]

PORTS = (22, 80, 443, 3128, 8443)
PUBLIC = ("8.8.8.8", "93.184.216.34", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "198.17.255.255")
PUBLIC_6 = ("2606:4700::1", "2a00:1450::1", "64:ff9b::8.8.8.8")

# The first and the last of each range, or a typical address in it.
PLAIN_4 = (
    *("0.0.0.0", "0.1.2.3", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255"),
    *("127.0.0.1", "127.255.255.254", "169.254.0.1", "169.254.169.254", "169.254.255.255"),
    *("172.16.0.0", "172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.0.255", "192.0.2.1", "192.31.196.1"),
    *("192.52.193.1", "192.88.99.1", "192.168.0.0", "192.168.255.255", "192.175.48.1", "198.18.0.0", "198.19.255.255"),
    *("198.51.100.1", "203.0.113.255", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.254"),
    "255.255.255.255",
)
PLAIN_6 = (
    *("::", "::1", "::2", "100::1", "100:0:0:1::1", "4000::1", "5f00::1", "fc00::1", "fd12:3456:789a::1", "fe80::1"),
    *("febf::1", "fec0::1", "feff::1", "ff02::1", "ff0e::1", "2001::1", "2001:1::1", "2001:2::1", "2001:3::1"),
    *("2001:4:112::1", "2001:10::1", "2001:20::1", "2001:30::1", "2001:db8::1", "2002::1", "2620:4f:8000::1"),
    *("3ffe::1", "3fff::1", "64:ff9b:1::1"),
)
CARRIED = ("127.0.0.1", "10.1.2.3", "100.64.0.1", "169.254.169.254", "172.16.5.5", "192.168.1.1")

FORMS_OF_LOOPBACK = (
    *("2130706433", "0x7f000001", "017700000001", "0x7f.1", "0x7f.0.0.1", "127.1", "127.0.1", "0177.0.0.1"),
    *("127.0.0.01", "127.000.000.001", "127.0.0.0x1", "00000177.0.0.1", "127.0.0.1.", "0", "0x0", "00", "127.0.0.1%00"),
    *("１２７.0.0.1", "①②⑦.0.0.1", "127。0。0。1", "127．0．0．1", "127｡0｡0｡1", "%31%32%37.0.0.1", "127.0.0.1\t"),
    *(
        "loc\u0430lhost",
        "ⓛocalhost",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:7f00:1]",
        "[::127.0.0.1]",
    ),
    *("[0000:0000:0000:0000:0000:0000:0000:0001]", "[::1%lo]", "[::1%25lo]", "[fe80::1%25lo]", "[::1", "::1", "[::1]]"),
    *("[::1].", "[::1]x", "[2606:4700::1]@127.0.0.1", "[127.0.0.1]", "[[::1]]", "[v1.::1]"),
)
SPLIT_READINGS = (
    *("https://a@127.0.0.1/", "https://a:b@127.0.0.1/", "https://hooks.example.org@127.0.0.1/", "https://@127.0.0.1/"),
    *(
        "https://127.0.0.1\\@hooks.example.org/",
        "https://a@127.0.0.1\\@hooks.example.org/",
        "https://127.0.0.1#@ok.test/",
    ),
    *("https://hooks.example.org\\.127.0.0.1/", "https:\\\\127.0.0.1\\", "https:/\\127.0.0.1/", "https:///127.0.0.1/"),
    *(
        "https:127.0.0.1",
        "https:/127.0.0.1",
        "//127.0.0.1/",
        "127.0.0.1",
        "127.0.0.1:443",
        "https://127.0.0.1?@ok.test/",
    ),
    *(
        " https://127.0.0.1/",
        "https://127.0.0.1/\r\nHost: ok.test",
        "https://127.0.0.1\x00.ok.test/",
        "https://\t127.0.0.1/",
    ),
    *("ht\ntps://127.0.0.1/", "https://127.0.0.1/ HTTP/1.1", "https://127.0.0.1:443:80/", "https://127.0.0.1:/"),
    *("https://127.0.0.1:0/", "https://127.0.0.1:65536/", "https://127.0.0.1:+443/", "https://127.0.0.1:4_43/"),
    *(
        "https://127.0.0.1:４４３/",
        "https://127.0.0.1/#",
        "https://127.0.0.1/{a}",
        "https://127.0.0.1/<a>",
        "https://",
        "",
    ),
)
SCHEMES = (
    *(
        "http://127.0.0.1/",
        "HTTP://127.0.0.1/",
        "http://localhost/",
        "HTTP://[::1]/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
    ),
    *("gopher://127.0.0.1:22/_x", "unix:///run/docker.sock", "http+unix://%2Frun%2Fdocker.sock/", "data:text/plain,x"),
    *("dict://127.0.0.1:22/", "ldap://127.0.0.1/", "ws://127.0.0.1/", "jar:https://127.0.0.1!/", "javascript:alert(1)"),
    *("httpss://127.0.0.1/", "https+x://127.0.0.1/", "tftp://127.0.0.1/x", "netdoc:///etc/passwd", "ssh://127.0.0.1/"),
)
MIXED = (
    *(
        ("8.8.8.8", "127.0.0.1"),
        ("127.0.0.1", "8.8.8.8"),
        ("8.8.8.8", "2606:4700::1", "10.0.0.1"),
        ("8.8.8.8", "fd00::1"),
    ),
    *(("2606:4700::1", "::1"), ("8.8.8.8", "::ffff:127.0.0.1"), ("8.8.8.8", "64:ff9b::a00:1")),
)
"""Answers for a name, with a public address among them."""
REBINDING = (("8.8.8.8", "127.0.0.1"), ("8.8.8.8", "169.254.169.254"), ("93.184.216.34", "10.0.0.1"))
"""What a name resolves to the first time, and every time after that."""


def carrying(address: str) -> Iterator[str]:
    """Yield IPv6 addresses that carry an IPv4 address."""
    four = int(IPv4Address(address))
    for prefix in ("::ffff:0:0", "::", "::ffff:0:0:0", "64:ff9b::", "64:ff9b:1::", "2606:4700:0:0:0:5efe::"):
        yield str(IPv6Address(int(IPv6Address(prefix)) | four))
    yield str(IPv6Address(int(IPv6Address("2606:4700:0:0:200:5efe::")) | four))
    yield str(IPv6Address((0x2002 << 112) | (four << 80) | 1))
    teredo = int(IPv6Address("2001:0:808:808::"))
    yield str(IPv6Address(teredo | (four ^ 0xFFFFFFFF)))
    yield str(IPv6Address((0x20010000 << 96) | (four << 64)))


def inside() -> Iterator[str]:
    """Yield every address that must not be dialled."""
    yield from PLAIN_4
    yield from PLAIN_6
    for address in CARRIED:
        yield from carrying(address)


def literals() -> Iterator[str]:
    """Yield webhook addresses that name a host by number, or are not addresses at all."""
    for number, address in enumerate(inside()):
        host = f"[{address}]" if ":" in address else address
        port = PORTS[number % len(PORTS)]
        yield f"https://{host}:{port}/hook" if port != 443 else f"https://{host}/hook"
    for host in FORMS_OF_LOOPBACK:
        yield f"https://{host}/"
    yield from SPLIT_READINGS
    yield from SCHEMES


def names() -> dict[str, tuple[str, ...]]:
    """Return names and what they resolve to: always something private."""
    found = {f"n{number}.inside.test": (address,) for number, address in enumerate(inside())}
    found |= {f"mixed{number}.test": addresses for number, addresses in enumerate(MIXED)}
    return found


def urls() -> Iterator[str]:
    """Yield the whole corpus except redirects and rebinding."""
    yield from literals()
    for host in ("localhost", "LOCALHOST", "localhost.", "LocalHost:22"):
        yield f"https://{host}/hook"
    for number, host in enumerate(names()):
        yield f"https://{host}:{PORTS[number % len(PORTS)]}/hook"
