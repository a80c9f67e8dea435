"""The demo's registry over real HTTP: the shapes of API v2 and of the history endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import pytest

from tracker.demo.demo_registry import DemoRegistry
from tracker.demo.story import SEED, STORY, Story, StoryStep

TODAY = date(2026, 6, 24)


@pytest.fixture
def registry() -> Iterator[DemoRegistry]:
    with DemoRegistry(STORY) as registry:
        registry.move_to(TODAY)
        yield registry


@pytest.fixture
def client(registry: DemoRegistry) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=registry.url, trust_env=False) as client:
        yield client


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200
    return [study["protocolSection"]["identificationModule"]["nctId"] for study in answer.json()["studies"]]


def small_story(**identification: Any) -> Story:
    day = date(2020, 1, 1)
    status = {"overallStatus": "COMPLETED", "lastUpdateSubmitDate": "2020-01-01"}
    record = {"protocolSection": {"identificationModule": identification, "statusModule": status, "designModule": {}}}
    trial = identification["nctId"]
    return Story({trial: record}, (StoryStep(day, trial, "there", {}, invented=True),), opening=day)


def test_version_tells_the_day(client: httpx.Client, registry: DemoRegistry) -> None:
    assert client.get("/api/v2/version").json() == {"apiVersion": "2.0.5", "dataTimestamp": "2026-06-24T09:00:05"}
    registry.move_to(date(2026, 7, 6))
    assert client.get("/api/v2/version").json()["dataTimestamp"] == "2026-07-06T09:00:05"


def test_a_registry_opens_on_its_storys_first_day() -> None:
    with DemoRegistry(STORY) as registry:
        assert registry.day == STORY.opening
        assert SEED in ids(httpx.get(f"{registry.url}/api/v2/studies?pageSize=100", trust_env=False))


def test_a_single_study_is_the_bare_record_of_the_day(client: httpx.Client) -> None:
    record = client.get(f"/api/v2/studies/{SEED.lower()}").json()
    told = STORY.record_on(SEED, TODAY)
    assert told is not None
    assert record["derivedSection"].pop("miscInfoModule") == {"versionHolder": "2026-06-24"}
    assert record["protocolSection"] == told["protocolSection"]
    assert record["hasResults"] is False


def test_a_trial_of_a_later_day_is_not_there_yet(client: httpx.Client, registry: DemoRegistry) -> None:
    registry.move_to(date(2023, 6, 14))
    assert client.get("/api/v2/studies/NCT05904886").status_code == 404
    registry.move_to(date(2023, 6, 15))
    assert client.get("/api/v2/studies/NCT05904886").status_code == 200


def test_an_unknown_number_is_a_plain_404(client: httpx.Client) -> None:
    answer = client.get("/api/v2/studies/NCT99999999")
    assert (answer.status_code, answer.text) == (404, "NCT number NCT99999999 not found")
    assert answer.headers["content-type"] == "text/plain"


def test_an_unknown_parameter_is_refused_by_name(client: httpx.Client) -> None:
    answer = client.get("/api/v2/studies", params={"query.bogus": "x"})
    assert (answer.status_code, answer.text) == (400, "`query.bogus` is unknown parameter")
    assert answer.headers["content-type"] == "text/plain"


@pytest.mark.parametrize(
    "params", [{"pageSize": "-1"}, {"pageSize": "many"}, {"pageToken": "-2"}, {"query.term": "AREA[NCTId]x"}]
)
def test_what_it_cannot_read_is_refused(client: httpx.Client, params: dict[str, str]) -> None:
    answer = client.get("/api/v2/studies", params=params)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "text/plain")


@pytest.mark.parametrize("joined", [f"{SEED}|NCT03434379", f"NCT03434379,{SEED.lower()}"])
def test_filter_ids_takes_both_separators_and_any_case(client: httpx.Client, joined: str) -> None:
    assert set(ids(client.get("/api/v2/studies", params={"filter.ids": joined}))) == {SEED, "NCT03434379"}


@pytest.mark.parametrize(
    ("params", "found", "not_found"),
    [
        ({"query.cond": "hepatocellular carcinoma"}, SEED, "NCT05023109"),
        ({"query.cond": '"Carcinoma, Hepatocellular"'}, "NCT00490685", SEED),
        ({"query.cond": '"carcinoma biliary" OR "biliary tract"'}, "NCT05023109", SEED),
        ({"query.cond": "hepatocellular", "query.intr": "resection"}, SEED, "NCT03434379"),
        ({"query.intr": "atezolizumab"}, "NCT03434379", SEED),
        ({"query.term": '"Binkui Li"'}, SEED, "NCT03434379"),
        ({"query.term": '"Li Binkui" AND Professor'}, None, SEED),
        ({"query.lead": '"Sun Yat-sen University"'}, "NCT00493402", "NCT05904886"),
        ({"query.term": "resect"}, None, SEED),
        ({"query.cond": "cellular"}, None, SEED),
    ],
)
def test_queries_are_words_and_phrases(
    client: httpx.Client, params: dict[str, str], found: str | None, not_found: str
) -> None:
    answer = ids(client.get("/api/v2/studies", params={**params, "pageSize": "100"}))
    assert found is None or found in answer
    assert not_found not in answer


def test_pages_follow_each_other_to_the_end(client: httpx.Client) -> None:
    params = {"pageSize": "5", "countTotal": "true"}
    first = client.get("/api/v2/studies", params=params)
    assert list(first.json()) == ["totalCount", "studies", "nextPageToken"]
    seen, page = ids(first), first
    while token := page.json().get("nextPageToken"):
        page = client.get("/api/v2/studies", params={**params, "pageToken": token})
        assert "totalCount" not in page.json()
        seen += ids(page)
    assert seen == sorted(set(seen))
    assert len(seen) == first.json()["totalCount"] == len(STORY.facts)


def test_page_size_defaults_to_ten_and_zero_means_default(client: httpx.Client) -> None:
    assert len(ids(client.get("/api/v2/studies"))) == len(ids(client.get("/api/v2/studies?pageSize=0"))) == 10
    assert len(ids(client.get("/api/v2/studies?pageSize=5000"))) == len(STORY.facts)


def test_an_alias_redirects_and_is_found_by_filter() -> None:
    story = small_story(nctId="NCT00189228", nctIdAliases=["NCT00201097"])
    with (
        DemoRegistry(story) as registry,
        httpx.Client(base_url=registry.url, trust_env=False) as client,
    ):
        moved = client.get("/api/v2/studies/NCT00201097")
        assert (moved.status_code, moved.headers["location"]) == (301, "/api/v2/studies/NCT00189228")
        moved = client.get("/api/int/studies/nct00201097/history/0", follow_redirects=True)
        assert moved.json()["studyVersion"] == 0
        assert ids(client.get("/api/v2/studies?filter.ids=NCT00201097")) == ["NCT00189228"]


def test_history_lists_the_versions_up_to_today(client: httpx.Client, registry: DemoRegistry) -> None:
    answer = client.get(f"/api/int/studies/{SEED}/history").json()
    assert answer.keys() == {"changes"}
    assert [(c["version"], c["date"], c["status"]) for c in answer["changes"]] == [
        (0, "2022-04-21", "NOT_YET_RECRUITING"),
        (1, "2022-05-10", "RECRUITING"),
        (2, "2023-09-06", "RECRUITING"),
        (3, "2024-10-30", "RECRUITING"),
        (4, "2025-06-04", "ACTIVE_NOT_RECRUITING"),
        (5, "2026-01-14", "COMPLETED"),
    ]
    assert answer["changes"][0]["moduleLabels"] == []
    assert answer["changes"][5]["moduleLabels"] == ["Study Status", "Study Design"]
    registry.move_to(date(2023, 1, 2))
    assert len(client.get(f"/api/int/studies/{SEED}/history").json()["changes"]) == 2


def test_the_study_with_history_has_both(client: httpx.Client) -> None:
    answer = client.get(f"/api/int/studies/{SEED}", params={"history": "true"}).json()
    assert answer.keys() == {"study", "topics", "history"}
    assert answer["history"]["originalData"]["enrollmentInfo"] == {"count": 80, "type": "ESTIMATED"}
    assert answer["history"]["lastUpdateVersions"] == {"enrollmentInfo": 5}
    assert answer["study"] == client.get(f"/api/v2/studies/{SEED}").json()
    assert "history" not in client.get(f"/api/int/studies/{SEED}").json()


def test_a_version_is_its_protocol_section_alone(client: httpx.Client) -> None:
    answer = client.get(f"/api/int/studies/{SEED}/history/2").json()
    assert answer["studyVersion"] == 2
    assert answer["study"].keys() == {"protocolSection"}
    assert answer["study"]["protocolSection"]["statusModule"]["completionDateStruct"]["date"] == "2025-10-31"


@pytest.mark.parametrize(
    "path",
    [
        "/api/nothing",
        f"/api/v2/studies/{SEED}/history",
        f"/api/int/studies/{SEED}/history/6",
        f"/api/int/studies/{SEED}/history/latest",
    ],
)
def test_an_unknown_api_path_is_an_html_404(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html")


def test_any_other_path_is_the_sites_shell(client: httpx.Client) -> None:
    answer = client.get(f"/study/{SEED}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html")


@pytest.mark.parametrize(("asked", "given"), [("gzip", "gzip"), ("identity", None)])
def test_gzip_when_asked_for(client: httpx.Client, asked: str, given: str | None) -> None:
    answer = client.get(f"/api/v2/studies/{SEED}", headers={"Accept-Encoding": asked})
    assert answer.headers.get("content-encoding") == given
    assert answer.json()["hasResults"] is False
