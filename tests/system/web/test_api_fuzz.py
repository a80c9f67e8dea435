"""The API under questions that Schemathesis makes up from its own OpenAPI document.

A few are asked in every run of the tests, and more with the profile of `make fuzz`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.web.api_store import OLD, ONE, THREE, TWO, api_store
from tests.support.web.served import Served, served
from tracker.api.schema.api_shapes import API_SHAPES
from tracker.web.api.address import API
from tracker.web.api.application import openapi_document

DOCUMENT = schemathesis.openapi.from_dict(openapi_document())
EXAMPLES = settings.default.max_examples // 10
KNOWN = st.fixed_dictionaries(
    {"wait": st.just(0)},
    optional={
        "trial": st.sampled_from([ONE, TWO, THREE, OLD]),
        "key": st.integers(0, 20).map(str),
        "field": st.lists(st.sampled_from(["status", "dates.completion", "title.brief"]), min_size=1),
        "version": st.integers(1, 3),
        "as_of": st.sampled_from(["1d", "2026-08-15", "2026-08"]),
        "from": st.sampled_from(["1", "2026-08-14"]),
        "to": st.sampled_from(["2", "today"]),
        "tag": st.sampled_from(["liver", f"like:{ONE}"]),
        "kind": st.lists(st.sampled_from(["results.*", "status.changed", "*"]), min_size=1),
        "channel": st.sampled_from(["me", "team"]),
        "since": st.just("7d"),
        "after": st.sampled_from(["0", "3", "x"]),
    },
)
ENDLESS = ("/changes/stream",)
"""An answer that does not end cannot be checked so: see `test_streams`."""
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with api_store(tmp_path_factory.mktemp("fuzz") / "home") as program, served(program) as found:
        yield found


@pytest.mark.parametrize("path", [it for it in API_SHAPES if it not in ENDLESS])
def test_every_answer_is_as_the_document_says(site: Served, path: str) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=DOCUMENT[f"{API}{path}"]["GET"].as_strategy(), known=KNOWN)
    def ask(case: schemathesis.Case, known: dict[str, Any]) -> None:
        # What is made up is in no store: mix what is there into it. A made-up wait would make the test wait.
        for values in (case.path_parameters, case.query):
            values.update({name: known[name] for name in values or () if name in known})
        case.call_and_validate(base_url=site.url.rstrip("/"), checks=CHECKS, timeout=60)

    ask()
