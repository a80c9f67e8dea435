"""The report of a look at several registries."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from tracker.api.poll import HeldReason
from tracker.polling.run.report import FailureKind, PollReport, UnreadTrial, together

ONE = PollReport(
    run=1, outcome="complete", data_timestamp="2026-08-14T09:00:05", checked=5, new=1, changed=1, unchanged=3,
    quarantined=(), failed=(), held=(), requests=2,
)  # fmt: skip
OTHER = msgspec.structs.replace(ONE, run=2, data_timestamp="2026-08-14", checked=1, new=0, changed=1, unchanged=0)


def of(outcome: str, run: int = 2) -> PollReport:
    return msgspec.structs.replace(OTHER, outcome=outcome, run=run)


def test_one_report_stays_as_it_is() -> None:
    assert together([ONE]) is ONE


def test_counts_are_added_and_troubles_kept_in_order() -> None:
    broken = msgspec.structs.replace(OTHER, outcome="partial", failed=(UnreadTrial("X", "why"),))
    both = together([msgspec.structs.replace(ONE, failed=(UnreadTrial("A", "first"),)), broken])
    assert (both.checked, both.new, both.changed, both.unchanged, both.requests) == (6, 1, 2, 3, 4)
    assert [item.trial for item in both.failed] == ["A", "X"]
    assert both.data_timestamp == ONE.data_timestamp


def test_the_kind_of_a_failure_is_no_part_of_the_contract() -> None:
    unknown = UnreadTrial("X", "why", FailureKind.UNKNOWN_TRIAL)
    failed = msgspec.structs.replace(ONE, failed=(unknown, UnreadTrial("Y", "why")))
    assert failed.document()["failed"] == [{"trial": "X", "reason": "why"}, {"trial": "Y", "reason": "why"}]
    assert list(failed.document()) == [name for name in PollReport.__struct_fields__ if name not in ("faults", "quiet")]
    assert msgspec.convert(msgspec.to_builtins(failed), PollReport) == failed


@pytest.mark.parametrize(
    ("outcomes", "whole"),
    [
        (("complete", "unchanged"), "complete"),
        (("unchanged", "unchanged"), "unchanged"),
        (("complete", "partial"), "partial"),
        (("complete", "failed"), "partial"),
        (("unchanged", "failed"), "partial"),
        (("failed", "failed"), "failed"),
        (("held", "complete"), "held"),
        (("held", "failed"), "held"),
    ],
)
def test_the_outcome_is_the_worst_but_failed_only_when_all_did(outcomes: tuple[str, str], whole: str) -> None:
    for order in itertools.permutations(outcomes):
        assert together([of(outcome) for outcome in order]).outcome == whole


def test_a_held_run_is_named_since_it_is_the_one_to_accept() -> None:
    held = msgspec.structs.replace(of("held", run=7), held=(HeldReason(reason="too much at once"),))
    assert together([ONE, held]).run == 7
