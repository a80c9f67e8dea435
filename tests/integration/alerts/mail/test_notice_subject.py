"""A subject of what is about the watch itself ends where a clause does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.channels.mail_factories import alert, told
from tracker.alerts.render.message_body import message_body
from tracker.alerts.render.subject import MOST
from tracker.changes.kinds import KINDS
from tracker.changes.wording.headline import notice_line
from tracker.changes.wording.lines import whole_clause

pytestmark = pytest.mark.fault("R-C6")

ROOT = Path(__file__).parents[4]
OURS = sorted(kind for kind in KINDS if kind.startswith("ops."))
NOTICES = [
    (
        "ops.held",
        "Run 12 was held, nothing of it was written: dates.start vanished from 40 of 41 records at once",
        "Run 12 was held, nothing of it was written",
    ),
    (
        "ops.quarantine",
        "2 records could not be read and are kept aside: NCT00000001 (more than 1,000,000 values) and NCT00000002",
        "2 records could not be read and are kept aside",
    ),
    ("ops.drift", "The registry says something new: status is new in 3 of 9", None),
    (
        "ops.drift",
        "The registry says something new: protocolSection.statusModule.overallStatus is new in 3 of 9 records",
        "The registry says something new",
    ),
    (
        "ops.stale",
        "The registry dates its data in the future (2026-11-29T09:00:05); they are read, and not taken for newer",
        "The registry dates its data in the future",
    ),
    (
        "ops.stale",
        "The registry answers from older data (2026-11-20T09:00:05) than before (2026-11-21T09:00:05); they are left "
        "alone",
        "The registry answers from older data",
    ),
    (
        "ops.stale",
        "The registry's data have not moved since 2026-11-20T09:00:05",
        "The registry's data are not current",
    ),
    (
        "ops.unreachable",
        "The registry cannot be reached: clinicaltrials.gov: the name cannot be resolved, and was not for 2 hours",
        "The registry cannot be reached",
    ),
    (
        "ops.unread",
        "NCT00000001 could not be read since 2026-11-20: clinicaltrials.gov answered 500 each time we asked",
        "NCT00000001 could not be read since 2026-11-20",
    ),
    (
        "ops.query_refused",
        "The registry refuses the search for asthma: it cannot be read. It is asked again in a week. To end it: x",
        "The registry refuses the search for asthma",
    ),
    (
        "ops.query_refused",
        "The registry refuses the search for a very long question of many words and even more of them: no",
        "The registry refuses a search",
    ),
    (
        "ops.merge_claimed",
        "NCT00000001 lists NCT00000002 as an obsolete number, but NCT00000002 answers with its own record. Nothing is",
        "NCT00000001 lists NCT00000002 as an obsolete number",
    ),
    (
        "ops.channel_failing",
        "The channel team does not work: 127.0.0.1 answers 500 to each of 7 attempts, last said: oh no",
        "The channel team does not work",
    ),
    (
        "ops.channel_disabled",
        "The channel team is disabled: 127.0.0.1 answers 410. What it should have sent waits. Once it is put right: x",
        "The channel team is disabled",
    ),
    (
        "ops.address_refused",
        "someone@example.org is sent nothing more by me, its mail server refused it: no such user. If it is right",
        "someone@example.org is sent nothing more by me",
    ),
    (
        "ops.not_delivered",
        "3 messages to team could not be delivered. The first: NCT00000001 Status changed. Why: it is not known.",
        "3 messages to team could not be delivered",
    ),
]
"""Kind, what is told, and how its subject ends; None where all of it has room."""


@pytest.mark.parametrize(("kind", "summary", "subject"), NOTICES)
def test_a_notice_has_a_subject_of_whole_clauses(kind: str, summary: str, subject: str | None) -> None:
    said = message_body(alert(told(trial="", kind=kind, summary=summary))).subject
    assert said == f"Trialwatch: {subject or summary}" and len(said) <= MOST


def test_every_notice_there_is_is_looked_at() -> None:
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "tracker").rglob("*.py"))
    made = {kind for text in texts for kind in re.findall(r'Event\(\s*"(ops\.\w+)"', text)}
    assert made == {kind for kind, _, _ in NOTICES} == set(OURS)


WORDS = st.lists(
    st.sampled_from("The channel, registry: data; (of 1,000) mail. https://a.b/c which is (x".split()), min_size=1
)


@given(st.sampled_from(OURS), WORDS.map(" ".join), st.integers(41, MOST))
def test_whatever_is_told_its_subject_ends_with_a_clause(kind: str, summary: str, room: int) -> None:
    said = notice_line({"kind": kind, "summary": summary}, room)
    assert 0 < len(said) <= room
    rest = summary.removeprefix(said) if summary.startswith(said) else ""
    assert re.match(r"\.?$|[.,:;] | \(", rest), f"{said!r} goes on {rest!r}"


def test_a_reason_is_told_whole_or_not_at_all() -> None:
    assert whole_clause("It fails: a server, of many; it said no.", 30) == "It fails"
    assert whole_clause("It fails: a server, of many; it said no.", 40) == "It fails: a server, of many; it said no"
    assert whole_clause("One long clause without any end", 20) == ""
