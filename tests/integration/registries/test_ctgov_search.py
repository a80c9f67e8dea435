"""Searching the registry: each record once, no further than asked, and an honest end."""

from __future__ import annotations

import pytest

from tests.integration.registries.test_ctgov_client import IDS, A, B, page
from tests.support.registry.embedded_registry import RegistryServer, Reply, study
from tracker.errors import DamagedAnswer, Refused
from tracker.http.polite_client import PoliteClient
from tracker.registries.ctgov.client import CtgovClient, UndecodablePage


def test_search_yields_each_record_once_across_pages(http: PoliteClient, registry: RegistryServer) -> None:
    client = CtgovClient(http, registry.url, search_page=4)
    assert [trial.trial for trial in client.search({"query.term": "study"}, 100)] == IDS
    assert [request.query.get("pageToken") for request in registry.requests] == [None, "t4"]
    assert [request.query["query.term"] for request in registry.requests] == ["study"] * 2
    assert [trial.trial for trial in client.search({"query.term": "study"}, 3)] == IDS[:3]
    assert registry.requests[-1].query["pageSize"] == "3"
    assert list(client.search({"query.term": "study"}, 0)) == []
    assert client.requests == 3


def test_search_stops_asking_when_it_has_enough(http: PoliteClient, registry: RegistryServer) -> None:
    client = CtgovClient(http, registry.url, search_page=2)
    assert len(list(client.search({}, 4))) == 4
    assert len(registry.requests) == 2


@pytest.mark.fault("B03")
def test_a_search_that_ends_short_of_its_count_says_so(ctgov: CtgovClient, registry: RegistryServer) -> None:
    registry.faults = [page(study(A), total=10)]
    found = ctgov.search({}, 100)
    assert next(found).trial == A
    with pytest.raises(DamagedAnswer, match="counted 10 records and sent 1"):
        next(found)


@pytest.mark.fault("B06")
def test_a_search_in_circles_ends(ctgov: CtgovClient, registry: RegistryServer) -> None:
    registry.faults = lambda _: page(study(A), study(B), token="again")
    assert [trial.trial for trial in ctgov.search({}, 100)] == [A, B]
    assert len(registry.requests) == 2


def test_a_search_the_registry_refuses_says_why(ctgov: CtgovClient) -> None:
    with pytest.raises(Refused, match="`bogus` is unknown parameter"):
        list(ctgov.search({"bogus": "1"}, 5))


def test_a_search_page_that_cannot_be_decoded_is_damage(ctgov: CtgovClient, registry: RegistryServer) -> None:
    registry.faults = [Reply(200, b'{"studies": [', "application/json")]
    with pytest.raises(UndecodablePage):
        list(ctgov.search({}, 5))
