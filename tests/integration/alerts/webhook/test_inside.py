"""The corpus of addresses, in a network of its own where whatever is dialled falls into a trap: nothing is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import Any

import pytest

from tests.support.channels import address_corpus
from tests.support.paths import ROOT

UNSHARE = ["unshare", "--net", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
PROBE = "ip link set lo up && ip -6 route add local ::/0 dev lo && mount --bind /etc/hosts /etc/resolv.conf"
NOT_FOR_TCP = {"224.0.0.1", "239.255.255.250", "255.255.255.255", "fe80::1", "febf::1", "ff02::1", "ff0e::1"}
"""Addresses that a plain client cannot connect to either."""
PROXY = "http://127.0.0.1:3128"


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    if not shutil.which("unshare") or not shutil.which("ip"):
        pytest.skip("makes a network of its own with unshare and ip (Debian: util-linux, iproute2), which are not here")
    probe = subprocess.run([*UNSHARE, "sh", "-c", PROBE], capture_output=True, text=True, check=False)
    if probe.returncode:
        pytest.skip(
            f"this user may not make a network of its own (unshare --net --mount): {probe.stderr.strip()[:200]}"
        )
    proxies = dict.fromkeys(("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"), PROXY)
    command = [*UNSHARE, sys.executable, "-m", "tests.support.channels.inside_namespace"]
    environment = {**os.environ, **proxies}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def test_the_corpus_is_large_and_a_plain_client_does_fall_into_the_traps(report: dict[str, Any]) -> None:
    assert len(set(address_corpus.urls())) == len(report["results"]) >= 150
    assert set(address_corpus.inside()) - set(report["baited"]) == NOT_FOR_TCP


def test_without_the_guard_the_same_webhooks_do_fall_into_the_traps(report: dict[str, Any]) -> None:
    """So the traps are there, and what follows is the guard's doing."""
    deaf = [it["url"] for it in report["unguarded"] if not it["dialled"]]
    assert len(report["unguarded"]) >= 50
    assert all(any(address in url for address in NOT_FOR_TCP) or ".inside.test" in url for url in deaf)
    assert len(deaf) < len(report["unguarded"]) / 5


@pytest.mark.fault("R-G15")
@pytest.mark.fault("D01")
@pytest.mark.fault("D02")
def test_no_address_inside_is_dialled_however_it_is_written(report: dict[str, Any]) -> None:
    assert [it for it in report["results"] if it["dialled"]] == []
    wrong = [it for it in report["results"] if it["outcome"].partition(":")[0] not in ("no address", "Undeliverable")]
    assert wrong == []


@pytest.mark.fault("D05")
def test_what_names_no_host_is_refused_before_anything_is_resolved(report: dict[str, Any]) -> None:
    named = set(address_corpus.urls()) - set(address_corpus.literals())
    assert {it["url"] for it in report["results"] if not it["refusal"]} == named


@pytest.mark.fault("D03")
def test_a_name_is_resolved_once_and_its_second_answer_never_dialled(report: dict[str, Any]) -> None:
    assert len(report["rebinding"]) == 3 * len(address_corpus.REBINDING)
    for number, it in enumerate(report["rebinding"]):
        first, _ = address_corpus.REBINDING[number // 3]
        assert it["asked"] == 1
        assert it["dialled"] == ([first] if number % 3 == 0 else [])
        assert it["outcome"].startswith("NotDelivered" if number % 3 == 0 else "Undeliverable")


@pytest.mark.fault("D04")
def test_no_redirect_is_followed_wherever_it_leads(report: dict[str, Any]) -> None:
    assert report["dialled_by_redirects"] == []
    assert len(report["redirects"]) == len(report["results"])
    assert {it["asked"] for it in report["redirects"]} == {1}
    assert all("redirects are not followed" in it["outcome"] for it in report["redirects"])


@pytest.mark.fault("A21")
def test_public_addresses_are_dialled_and_no_proxy_of_the_environment_is(report: dict[str, Any]) -> None:
    assert [(it["address"], it["dialled"]) for it in report["public"]] == [(it, [it]) for it in address_corpus.PUBLIC]


def test_a_public_name_gets_its_webhook_over_tls(report: dict[str, Any]) -> None:
    good = report["good"]
    assert (good["outcome"], good["host"]) == ("204", f"good.test:{good['port']}")
