"""Which addresses may be dialled, and which addresses of webhooks the configuration takes."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

import httpcore
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.channels import address_corpus
from tests.support.channels.webhook_factories import attempt, channel, here
from tests.support.channels.webhook_sink import Sink
from tracker.alerts.targets.public_addresses import is_public
from tracker.alerts.targets.webhook_url import normal_place, refusal, target_of
from tracker.errors import Undeliverable

PLACE = "10.0.0.5:9000"
fours = st.ip_addresses(v=4)
sixes = st.ip_addresses(v=6)


@pytest.mark.fault("D01")
@pytest.mark.fault("D02")
def test_what_is_not_plainly_public_is_refused() -> None:
    assert [address for address in address_corpus.inside() if is_public(address)] == []


@pytest.mark.parametrize("address", [*address_corpus.PUBLIC, *address_corpus.PUBLIC_6, "2606:4700::5efe:808:808"])
def test_what_is_public_is_not(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "fe80::1%lo", "2606:4700::1%lo", "8.8.8.8 ", "8.8.8.8:443"])
def test_what_is_no_address_or_has_a_zone_is_not_dialled(text: str) -> None:
    assert not is_public(text)


@given(st.one_of(fours, sixes))
def test_never_more_than_the_standard_library_takes_for_global(address: IPv4Address | IPv6Address) -> None:
    if is_public(str(address)):
        carried = isinstance(address, IPv6Address) and int(address) >> 32 == 0x0064FF9B << 64
        inner = IPv4Address(int(address) & 0xFFFFFFFF) if carried else address
        assert inner.is_global and not inner.is_multicast and not inner.is_reserved


@given(fours)
@example(IPv4Address("127.0.0.1"))
@example(IPv4Address("10.0.0.0"))
def test_an_address_inside_another_is_never_more_public_than_by_itself(four: IPv4Address) -> None:
    if not is_public(str(four)):
        assert not any(is_public(carrier) for carrier in address_corpus.carrying(str(four)))


@given(st.sampled_from(["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "198.18.0.0/15"]), st.data())
def test_the_whole_of_a_range_is_refused(network: str, data: st.DataObject) -> None:
    assert not is_public(str(data.draw(st.ip_addresses(network=network))))


@pytest.mark.fault("R-G15")
@pytest.mark.fault("D05")
@pytest.mark.fault("D06")
def test_the_configuration_refuses_it_in_a_sentence() -> None:
    reasons = {url: refusal(url) for url in address_corpus.literals()}
    assert [url for url, reason in reasons.items() if not reason] == []
    assert max(map(len, reasons.values())) < 200 and not any("\n" in reason for reason in reasons.values())


@pytest.mark.parametrize(
    ("url", "place", "path"),
    [
        ("https://hooks.example.org/trials", "hooks.example.org:443", "/trials"),
        ("HTTPS://Hooks.Example.ORG.:8443", "hooks.example.org:8443", "/"),
        ("https://xn--bcher-kva.example/x?a=b&c=%20", "xn--bcher-kva.example:443", "/x?a=b&c=%20"),
        ("https://8.8.8.8:443/", "8.8.8.8:443", "/"),
        ("https://[2606:4700:0::1]/a", "[2606:4700::1]:443", "/a"),
        ("https://10.example.org?x", "10.example.org:443", "/?x"),
    ],
)
def test_an_ordinary_address_is_taken_apart(url: str, place: str, path: str) -> None:
    assert refusal(url) == ""
    target = target_of(url)
    assert (target.place, target.path) == (place, path)


ALLOWED = [
    (f"http://{PLACE}/hook", PLACE),
    (f"https://{PLACE}/hook", PLACE),
    ("http://10.0.0.5/hook", "10.0.0.5:80"),
    ("https://[::1]:9000/", "[::1]:9000"),
    ("https://[::1]:9000/", "[0:0:0:0:0:0:0:1]:9000"),
    ("http://Inside.Lan.:9000/", "inside.lan:9000"),
    ("http://inside.lan:9000/", "INSIDE.lan.:9000"),
]


@pytest.mark.fault("D07")
@pytest.mark.parametrize(("url", "place"), ALLOWED)
def test_what_is_listed_in_allow_is_taken(url: str, place: str) -> None:
    assert refusal(url, frozenset({place})) == ""
    assert refusal(url, frozenset()) != ""


@pytest.mark.fault("D07")
@pytest.mark.parametrize(
    "url",
    [
        *("http://10.0.0.5/", "http://10.0.0.5:9001/", "http://10.0.0.6:9000/", "http://x.10.0.0.5:9000/"),
        *(
            "http://[::ffff:10.0.0.5]:9000/",
            "http://167772165:9000/",
            "http://10.0.0.5:9000@127.0.0.1/",
            "http://10.5:9000/",
        ),
        *("http://inside.lan:9000/", "ftp://10.0.0.5:9000/", "http://10.0.0.5:9000#@x/"),
    ],
)
def test_and_nothing_else_is(url: str) -> None:
    assert refusal(url, frozenset({PLACE})) != ""


@pytest.mark.parametrize("place", ["", ":", "inside.lan", "10.0.0.5", ":9000", "10.0.0.5:"])
def test_an_allow_entry_without_host_or_port_allows_nothing(place: str) -> None:
    assert refusal("http://10.0.0.5/", frozenset({place})) != ""
    assert normal_place(place) != target_of("http://10.0.0.5/").place


@pytest.mark.fault("D24")
def test_a_reason_repeats_nothing_but_host_and_port() -> None:
    secret = "planted"
    for url in (
        f"http://hooks.example.org/{secret}?{secret}",
        f"https://{secret}:{secret}@hooks.example.org/",
        f"https://127.0.0.1/{secret}?{secret}",
        f"https://hooks.example.org/{secret}#{secret}",
        f"https://hooks.example.org/{secret} {secret}",
    ):
        assert refusal(url) and secret not in refusal(url)
    assert secret not in repr(target_of(f"https://hooks.example.org/{secret}?{secret}"))


url_like = st.text(alphabet=st.sampled_from("ahtps:/.[]@#?\\%0123457xX-_&=:１。 "), max_size=30)


@given(st.one_of(st.text(max_size=60), url_like, url_like.map("https://".__add__)))
@example("https://[2606:4700::1]x:443/")
@example("https://[2606:4700::1]@127.0.0.1/")
def test_whatever_is_written_all_readers_agree_on_its_host_and_port_or_it_is_refused(url: str) -> None:
    if refusal(url, frozenset({"127.0.0.1:80"})):
        return
    target, others = target_of(url), urlsplit(url)
    theirs = httpcore.URL(url)
    bare = theirs.host.decode().strip("[]").removesuffix(".").lower()
    assert target.host in (bare, str(ip_address(bare)) if ":" in bare else bare)
    assert (others.hostname or "").removesuffix(".") in (bare, target.host)
    assert target.port == (theirs.port or {"https": 443, "http": 80}[target.scheme]) == (others.port or target.port)
    assert target.path == theirs.target.decode()
    assert target.host.isascii() and "@" not in url.partition("://")[2].partition("/")[0].partition("?")[0]


@pytest.mark.fault("D08")
def test_an_open_and_a_closed_port_inside_are_refused_in_the_very_same_words() -> None:
    with Sink() as sink, socket.create_server(("127.0.0.1", 0)) as server:
        closed = server.getsockname()[1]
        server.close()
        said = []
        for port in (sink.port, closed):
            with pytest.raises(Undeliverable) as caught:
                attempt(channel(f"https://inside.example:{port}/", ask=here("127.0.0.1")))
            said.append((caught.value.message, caught.value.status))
        assert said[0] == said[1]
        assert sink.connections == 0
