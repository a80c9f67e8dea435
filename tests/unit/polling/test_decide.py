"""What a poll decides, without a store: the same for the same values, whatever order lists come in, and told once."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.values.trial_head import Head
from tests.support.backfilled_lives import State, lives
from tests.support.harness import ONE
from tracker.polling.decide import Confirmed, Decision, Fetched, decide
from tracker.polling.run.run_kinds import Quiet, RefusalKind
from tracker.registries.ctgov.content import digests
from tracker.registries.ctgov.reader import read
from tracker.registries.registry import Reading

NOW = datetime(2026, 8, 14, 15, tzinfo=UTC)
NO_HEAD = Head(ONE, None, 0, "", "", "", None, None, None, 0, None, "", "")
many = settings(max_examples=60, deadline=None)
NOTHING_CONFIRMED = Confirmed()
Document = dict[str, Any]


@dataclass(frozen=True)
class Reader:
    """The readers of ClinicalTrials.gov. `damage`: why each answer looks like a damaged copy."""

    normalizer: int = 1
    damage: str = ""

    def read(self, document: Document) -> Reading:
        return read(document)

    def read_stored(self, document: Document) -> Reading:
        return read(document)

    def parts(self, document: Document) -> Mapping[str, str]:
        return digests(document)

    def lost(self, _before: Document, _after: Document, /) -> str:
        return self.damage


def asked(
    document: Document,
    previous: Document | None = None,
    head: Head = NO_HEAD,
    *,
    reader: Reader = Reader(),
    confirmed: Confirmed = NOTHING_CONFIRMED,
    sha: str = "new",
) -> Decision:
    fetched = Fetched(copy.deepcopy(document), copy.deepcopy(previous), sha, "light", "https://x.test")
    return decide(reader, fetched, head, trial=ONE, day="2026-08-14", now=NOW, run=1, confirmed=confirmed)


def head_after(decision: Decision, head: Head) -> Head:
    """The trial's head once a decision is written down, and the poll noted as seen."""
    seen = head._replace(data_timestamp="2026-08-14T09:00:05", gone_since=None)
    if decision.step is None or decision.step.version is None:
        return seen
    new = decision.step.version
    return seen._replace(
        current_version=(head.current_version or 0) + 1,
        versions=head.versions + 1,
        raw_sha256=new.raw_sha256,
        content_hash=new.content_hash,
        effective=new.effective,
        submit_date=new.submit_date,
    )


def held(document: Document) -> Head:
    """The head of a trial whose one version is this document."""
    return head_after(asked(document, sha="held"), NO_HEAD)


def steps_of(states: list[State]) -> list[Document]:
    return [state.document(state.day) for state in states]


def kinds(decision: Decision) -> list[str]:
    return [event.kind for event in decision.step.events] if decision.step else []


@many
@given(st.data())
def test_the_same_values_give_the_same_decision(data: st.DataObject) -> None:
    documents = steps_of(data.draw(lives()))
    before, after = documents[0], documents[-1]
    kept = copy.deepcopy((before, after))
    one, two = (asked(after, before, held(before)) for _ in range(2))
    assert one == two
    assert (before, after) == kept, "a decision changes nothing of what it was given"


@many
@given(st.data())
def test_a_decision_written_down_says_nothing_the_second_time(data: st.DataObject) -> None:
    head, previous = NO_HEAD, None
    for number, document in enumerate(steps_of(data.draw(lives()))):
        decision = asked(document, previous, head, sha=f"sha {number}")
        assert decision.refusal is None and (decision.step is None) == (decision.quiet is not None)
        head = head_after(decision, head)
        previous = document if decision.step else previous
        again = asked(document, previous, head, sha=f"sha {number}")
        assert (again.step, again.changed, again.first) == (None, False, False)
        assert again.quiet in (Quiet.SAME_DOCUMENT, Quiet.NOISE_ONLY)


def shuffled(value: Any, draw: st.DrawFn) -> Any:
    """The same JSON with its lists and the members of its objects in another order."""
    if isinstance(value, dict):
        return {name: shuffled(value[name], draw) for name in draw(st.permutations(sorted(value)))}
    return draw(st.permutations([shuffled(it, draw) for it in value])) if isinstance(value, list) else value


LISTS = {
    "conditionsModule": {"conditions": ["Asthma", "Cough", "Wheeze"], "keywords": ["lung", "air"]},
    "contactsLocationsModule": {
        "locations": [{"facility": name, "city": "Lyon", "country": "France"} for name in ("A", "B", "C")]
    },
    "referencesModule": {"references": [{"pmid": str(number), "citation": f"Paper {number}"} for number in range(4)]},
}


def with_lists(state: State) -> Document:
    found: Document = state.document(state.day)
    found["protocolSection"] |= copy.deepcopy(LISTS)
    return found


@many
@given(st.data())
def test_the_order_of_lists_tells_nothing(data: st.DataObject) -> None:
    before = with_lists(State(2, 0, 2, 80))
    decision = asked(data.draw(st.composite(lambda draw: shuffled(before, draw))()), before, held(before))
    assert (decision.step, decision.quiet) == (None, Quiet.NOISE_ONLY)


@many
@given(st.data())
def test_a_change_is_told_alike_whatever_order_lists_are_in(data: st.DataObject) -> None:
    before, after = with_lists(State(2, 0, 2, 80)), with_lists(State(9, 7, 9, 90))
    after["protocolSection"]["contactsLocationsModule"]["locations"].pop()
    turned = data.draw(st.composite(lambda draw: (shuffled(before, draw), shuffled(after, draw)))())
    one, two = asked(after, before, held(before)), asked(turned[1], turned[0], held(before))
    assert one.step == two.step and len(kinds(one)) > 1


def test_the_first_look_tells_that_it_is_one() -> None:
    decision = asked(State(2, 0, 2, 80).document(2))
    assert (kinds(decision), decision.first, decision.changed, decision.quiet) == (
        ["trial.first_seen"],
        True,
        False,
        None,
    )


def test_why_nothing_is_told() -> None:
    document = State(2, 0, 2, 80).document(2)
    head = held(document)
    assert asked(document, document, head, sha="held").quiet is Quiet.SAME_DOCUMENT
    assert asked(State(2, 0, 2, 80).document(9), document, head).quiet is Quiet.NOISE_ONLY
    assert all(reason.sentence for reason in Quiet)


@pytest.mark.parametrize("quiet", [Quiet.OLDER, Quiet.SHRUNK])
def test_a_doubt_waits_for_newer_data_and_is_believed_then(quiet: Quiet) -> None:
    before, after = State(9, 7, 9, 90).document(9), State(2, 0, 2, 80).document(9)
    reader = Reader(damage="half of it is missing") if quiet is Quiet.SHRUNK else Reader()
    if quiet is Quiet.SHRUNK:
        before, after = after, before
    decision = asked(after, before, held(before), reader=reader)
    assert (decision.step, decision.quiet) == (None, quiet)
    assert decision.refusal is not None and decision.refusal.kind == quiet.removesuffix("_unconfirmed")
    confirmed = Confirmed(older=quiet is Quiet.OLDER, shrunk=quiet is Quiet.SHRUNK)
    believed = asked(after, before, held(before), reader=reader, confirmed=confirmed)
    assert (believed.refusal, believed.quiet, believed.changed) == (None, None, True)


def test_a_record_that_cannot_be_read_is_refused_and_not_quiet() -> None:
    spoilt = State(2, 0, 2, 80).document(2)
    spoilt["protocolSection"]["statusModule"]["overallStatus"] = 7
    decision = asked(spoilt)
    assert decision.refusal is not None and decision.refusal.kind is RefusalKind.UNREADABLE
    assert (decision.step, decision.quiet) == (None, None)


def test_a_trial_that_came_back_is_told_though_nothing_else_is() -> None:
    document = State(2, 0, 2, 80).document(2)
    gone = held(document)._replace(gone_since=NOW)
    decision = asked(document, document, gone, sha="held")
    assert (kinds(decision), decision.quiet) == (["trial.back"], None)
