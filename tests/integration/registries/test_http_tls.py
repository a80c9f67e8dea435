"""Fault A17: certificates that do not prove who is there. Real ones, made by openssl for the occasion."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.registry.embedded_registry import RegistryServer, Reply
from tests.support.registry.fake_hosts import PATIENT, FakeClock, FakeRateLimiter
from tracker.errors import Refused
from tracker.http.outbound import Outbound
from tracker.http.polite_client import PoliteClient

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificates with openssl")

CA_CONFIG = """
[ca]
default_ca = us
[us]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = anyone
[anyone]
commonName = supplied
"""


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, check=True)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority, and certificates of it: good, expired, and for another host."""
    folder = tmp_path_factory.mktemp("papers")
    (folder / "ca.cnf").write_text(CA_CONFIG)
    (folder / "index.txt").touch()
    (folder / "serial").write_text("01\n")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl(
        folder, "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority", "-days", "30"
    )
    for name, host, end in [
        ("good", "IP:127.0.0.1", "20991231000000Z"),
        ("expired", "IP:127.0.0.1", "20200101000000Z"),
        ("stranger", "DNS:other.example", "20991231000000Z"),
    ]:
        (folder / "host.cnf").write_text(f"subjectAltName={host}\n")
        openssl(folder, "req", *key, "-keyout", f"{name}.key", "-out", "request", "-subj", f"/CN={name}")
        openssl(
            folder, "ca", "-batch", "-config", "ca.cnf", "-keyfile", "ca.key", "-cert", "ca.pem", "-in", "request",
            "-out", f"{name}.pem", "-extfile", "host.cnf", "-startdate", "20190101000000Z", "-enddate", end, "-notext",
        )  # fmt: skip
    return folder


@pytest.fixture
def http(papers: Path, rate_limiter: FakeRateLimiter, clock: FakeClock) -> Iterator[PoliteClient]:
    """A client that trusts the authority besides the usual ones."""
    client = PoliteClient(
        rate_limiter, clock, user_agent="tests/1", limits=PATIENT, outbound=Outbound(ca_file=papers / "ca.pem")
    )
    yield client
    client.close()


def served_by(papers: Path, name: str) -> RegistryServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(papers / f"{name}.pem", papers / f"{name}.key")
    return RegistryServer(tls=context)


@pytest.mark.fault("A17")
def test_a_good_certificate_of_an_authority_that_is_given(papers: Path, http: PoliteClient) -> None:
    with served_by(papers, "good") as registry:
        assert http.get(f"{registry.url}/api/v2/version", expect="json").status == 200


@pytest.mark.fault("A17")
@pytest.mark.parametrize(("name", "reason"), [("expired", "has expired"), ("stranger", "not valid for this address")])
def test_a_bad_certificate_is_refused_once_and_its_fault_is_named(
    papers: Path, http: PoliteClient, rate_limiter: FakeRateLimiter, name: str, reason: str
) -> None:
    with served_by(papers, name) as registry:
        with pytest.raises(Refused, match=f"certificate of {registry.netloc} is refused: .*{reason}"):
            http.get(registry.url)
        assert registry.requests == []
    assert rate_limiter.left == [(True, None)]


@pytest.mark.fault("A17")
def test_an_authority_nobody_named_is_refused(papers: Path, rate_limiter: FakeRateLimiter, clock: FakeClock) -> None:
    http = PoliteClient(rate_limiter, clock, user_agent="tests/1", limits=PATIENT)
    with (
        served_by(papers, "good") as registry,
        pytest.raises(Refused, match="an authority that this machine"),
    ):
        http.get(registry.url)
    http.close()


@pytest.mark.fault("A17")
def test_a_certificate_that_vouches_for_itself_is_refused(
    tmp_path: Path, papers: Path, rate_limiter: FakeRateLimiter, clock: FakeClock
) -> None:
    shutil.copy(papers / "ca.pem", tmp_path / "own.pem")
    shutil.copy(papers / "ca.key", tmp_path / "own.key")
    http = PoliteClient(rate_limiter, clock, user_agent="tests/1", limits=PATIENT)
    with served_by(tmp_path, "own") as registry, pytest.raises(Refused, match="signed by itself"):
        http.get(registry.url)
    http.close()


ASK = """
import sys
from tests.support.registry.fake_hosts import FakeClock, FakeRateLimiter
from tracker.http.polite_client import PoliteClient
clock = FakeClock()
PoliteClient(FakeRateLimiter(clock.now), clock, user_agent="tests/1").get(sys.argv[1])
"""


@pytest.mark.fault("R-C9")
@pytest.mark.skipif(sys.platform != "linux", reason="only OpenSSL reads SSL_CERT_FILE")
def test_the_systems_trust_store_is_believed(papers: Path) -> None:
    with served_by(papers, "good") as registry:
        for environment, trusts in (({"SSL_CERT_FILE": str(papers / "ca.pem")}, True), ({}, False)):
            done = subprocess.run(
                [sys.executable, "-c", ASK, registry.url],
                env={**os.environ, **environment},
                capture_output=True,
                text=True,
            )
            assert (done.returncode == 0) is trusts, done.stderr


@pytest.mark.fault("R-A7")
def test_an_unknown_issuer_names_the_setting_that_helps(
    papers: Path, rate_limiter: FakeRateLimiter, clock: FakeClock
) -> None:
    http = PoliteClient(rate_limiter, clock, user_agent="tests/1", limits=PATIENT)
    with served_by(papers, "good") as registry, pytest.raises(Refused, match=r"\[http\] ca_file"):
        http.get(registry.url)
    http.close()


@pytest.mark.fault("R-A6")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location", ["http://{}/api/v2/version", "//{}/api/v2/version", "HTTP://{}/api/v2/version#top"]
)
def test_a_redirect_to_http_on_the_own_host_stays_on_https(
    papers: Path, http: PoliteClient, status: int, location: str
) -> None:
    with served_by(papers, "good") as registry:
        registry.faults = [Reply(status, headers={"Location": location.format(registry.netloc)})]
        answer = http.get(f"{registry.url}/old", expect="json")
        assert answer.url == f"https://{registry.netloc}/api/v2/version"
        assert answer.history == (f"https://{registry.netloc}/old",)


@pytest.mark.fault("R-A6")
def test_several_redirects_to_http_stay_on_https(papers: Path, http: PoliteClient) -> None:
    with served_by(papers, "good") as registry:
        way = [f"http://{registry.netloc}/{page}" for page in ("older", "old", "api/v2/version")]
        registry.faults = [Reply(302, headers={"Location": place}) for place in way]
        answer = http.get(f"{registry.url}/oldest", expect="json")
        places = [f"https://{registry.netloc}/{page}" for page in ("oldest", "older", "old")]
        assert (answer.url, answer.history) == (f"https://{registry.netloc}/api/v2/version", tuple(places))


@pytest.mark.fault("R-A6")
def test_http_on_another_host_or_port_is_still_refused(papers: Path, http: PoliteClient) -> None:
    with served_by(papers, "good") as registry:
        for location in ("http://localhost/x", "http://127.0.0.1/x", f"http://{registry.netloc}0/x"):
            registry.faults = [Reply(301, headers={"Location": location})]
            with pytest.raises(Refused, match="only its own pages"):
                http.get(f"{registry.url}/old")
        # The same page again, only with http: asked over https it would redirect for ever.
        registry.faults = [Reply(301, headers={"Location": f"http://{registry.netloc}/old"})]
        with pytest.raises(Refused, match="redirects to itself"):
            http.get(f"{registry.url}/old")
