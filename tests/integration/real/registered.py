"""Registered against reported on real trials that experts read: the verdicts against their labels.

``python -m tests.integration.real.registered`` writes the figures of docs/explanation/registered-against-reported.md
anew, where the trials are (Holst et al., PLoS Medicine 2023, 10.1371/journal.pmed.1004306). The method was tuned on one
half of the trials, by a hash of the trial number. The other half was only used to check it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from tests.integration.real.figures import page_with
from tests.support.paths import ROOT, SHARED
from tracker.records.results.reported import Measure
from tracker.records.trial import OutcomeMeasure, Outcomes, TrialRecord
from tracker.results.registered.registered import RegisteredOutcome, Verdict, registered_against_reported

__all__ = ["PAGE", "TRIALS", "Finding", "findings", "half", "page", "read_trials", "share", "tables"]

TRIALS: Final = SHARED / "data" / "truth" / "registered" / "registered_reported.shared.jsonl"
PAGE: Final = ROOT / "docs" / "explanation" / "registered-against-reported.md"
BEGIN: Final = "<!-- figures: written by tests/integration/real/registered.py -->\n"
END: Final = "<!-- end of figures -->"
LOST: Final = {"primary_omitted", "primary_to_secondary"}
STRUCTURAL: Final = {*LOST, "primary_from_secondary", "new_primary"}
AGREES: Final = "agrees"
DAY: Final = dt.date(2020, 1, 1)
STEPS: Final = (7, 19, 31, 43, 57)
"""How far away in the list the trials are whose primary outcome is planted."""
SHARED_OUTCOMES: Final = tuple(
    re.compile(text, re.IGNORECASE)
    for text in ("progression[- ]free|progression or death", "overall survival", "forced expiratory|FEV1")
)
"""Outcomes that many trials have. Planted in such a trial they are found, and rightly: such a plant does not count."""

Trial = dict[str, Any]
Triples = Sequence[tuple[str, str, str]]


class Finding(NamedTuple):
    """The verdict on one registered primary outcome. `right`: its partner is the only reported primary.

    Of the sort "timing" it is `AGREES` or "": whether the experts also say that the time frame changed.
    """

    sort: str
    trial: str
    verdict: str
    right: bool
    tuned: bool


def read_trials() -> list[Trial]:
    return [orjson.loads(line) for line in TRIALS.read_bytes().splitlines()]


def half(trial: Trial) -> bool:
    """Whether the trial belongs to the half on which the method was tuned."""
    return hashlib.md5(trial["trial"].encode(), usedforsecurity=False).digest()[-1] >> 4 & 1 == 0


def _outcomes(triples: Triples, role: str) -> dict[str, OutcomeMeasure]:
    return {f"{role}-{n}": OutcomeMeasure(*(text or None for text in it)) for n, it in enumerate(triples)}  # type: ignore[arg-type]


def _record(primary: Triples, secondary: Triples) -> TrialRecord:
    outcomes = Outcomes(_outcomes(primary, "primary"), _outcomes(secondary, "secondary"))
    return TrialRecord(trial="NCT00000000", registry="ctgov", status="COMPLETED", outcomes=outcomes)


def _measures(primary: Triples, secondary: Triples) -> dict[str, Measure]:
    lists = (("primary", primary), ("secondary", secondary))
    return {
        f"{role}-{n}": Measure(title, role.upper(), frame or None, text or None, status="POSTED")
        for role, triples in lists
        for n, (title, frame, text) in enumerate(triples)
    }


def judged(registered: Mapping[str, Triples], reported: Mapping[str, Triples]) -> list[RegisteredOutcome]:
    """The rows of the registered primary outcomes, in their order."""
    record = _record(registered["primary"], registered["secondary"])
    measures = _measures(reported["primary"], reported["secondary"])
    rows = registered_against_reported([(DAY, record)], record, measures).outcomes
    return list(rows[: len(registered["primary"])])


def findings(trials: Sequence[Trial]) -> Iterator[Finding]:
    single = [it for it in trials if len(it["registered"]["primary"]) == 1 == len(it["reported"]["primary"])]
    for trial in trials:
        sort = "lost" if LOST & {*trial["labels"]} else "kept"
        for row in judged(trial["registered"], trial["reported"]):
            yield _finding(sort, trial, row)
    for trial in single:
        if STRUCTURAL & {*trial["labels"]}:
            continue
        registered, reported = trial["registered"], trial["reported"]
        own = judged(registered, reported)[0]
        yield _finding("one to one", trial, own)
        retimed = (own.verdict is Verdict.RETIMED) == ("change_timing" in trial["labels"])
        yield Finding("timing", trial["trial"], AGREES if retimed else "", retimed, half(trial))
        yield _finding("dropped", trial, judged(registered, {**reported, "primary": []})[0])
        others = [it for it in single if it["trial"] != trial["trial"]]
        for step in STEPS:
            [planted] = others[(single.index(trial) + step) % len(others)]["registered"]["primary"]
            row = judged({**registered, "primary": [planted]}, reported)[0]
            shared = any(_names(it, [planted]) and _names(it, _all(reported)) for it in SHARED_OUTCOMES)
            yield _finding("same planted" if shared else "planted", trial, row)


def _all(outcomes: Mapping[str, Triples]) -> Triples:
    return [*outcomes["primary"], *outcomes["secondary"]]


def _names(pattern: re.Pattern[str], triples: Triples) -> bool:
    return any(pattern.search(title) for title, _, _ in triples)


def _finding(sort: str, trial: Trial, row: RegisteredOutcome) -> Finding:
    return Finding(sort, trial["trial"], row.verdict.value, row.measure == "primary-0", half(trial))


def share(found: Sequence[Finding], sort: str, *verdicts: str, right: bool = False) -> float:
    """The share of the findings of a sort that have one of the verdicts (and the right partner)."""
    own = [it for it in found if it.sort == sort]
    return sum(it.verdict in verdicts and (it.right or not right) for it in own) / len(own)


ROWS = {
    "kept": "primaries of trials where the experts found none omitted or made secondary",
    "lost": "primaries of trials where they found one omitted or made secondary",
    "one to one": "trials with one primary before and after, and no such change",
    "dropped": "the same with the reported primary taken away",
    "planted": "the same with the registered primary of another trial",
    "same planted": "the same, where the trial has that outcome too",
}
COLUMNS = (Verdict.REPORTED, Verdict.RETIMED, Verdict.PERHAPS, Verdict.MOVED, Verdict.NOT_REPORTED)


def tables(found: Sequence[Finding]) -> str:
    """The verdicts on all trials, then the shares on each half."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for it in found:
        counts[it.sort][it.verdict] += 1
    lines = [f"| | all | {' | '.join(COLUMNS)} |", "|---|---:|" + "---:|" * len(COLUMNS)]
    for sort, words in ROWS.items():
        own = counts[sort]
        lines.append(f"| {words} | {own.total()} | {' | '.join(str(own[it] or '') for it in COLUMNS)} |")
    lines += ["", "| share | tuned on | checked on | all |", "|---|---:|---:|---:|"]
    halves = ([it for it in found if it.tuned], [it for it in found if not it.tuned], found)
    certain = (Verdict.REPORTED, Verdict.RETIMED)
    asked: list[tuple[str, str, tuple[str, ...], bool]] = [
        ("kept: reported, retimed or perhaps", "kept", (*certain, Verdict.PERHAPS), False),
        ("kept: not reported (wrong)", "kept", (Verdict.NOT_REPORTED,), False),
        ("one to one: the right partner", "one to one", certain, True),
        ("one to one: the right partner, or perhaps", "one to one", (*certain, Verdict.PERHAPS), True),
        ("one to one: retimed where the experts say so, and nowhere else", "timing", (AGREES,), False),
        ("taken away: not reported", "dropped", (Verdict.NOT_REPORTED,), False),
        ("of another trial: not reported", "planted", (Verdict.NOT_REPORTED,), False),
    ]
    for words, sort, verdicts, right in asked:
        shares = (f"{share(it, sort, *verdicts, right=right):.1%}" for it in halves)
        lines.append(f"| {words} | {' | '.join(shares)} |")
    return "\n".join(lines) + "\n"


def page(found: Sequence[Finding]) -> str:
    """The page with these figures."""
    return page_with(tables(found), PAGE, BEGIN, END)


def _main() -> None:
    PAGE.write_text(page(list(findings(read_trials()))), encoding="utf-8")


if __name__ == "__main__":
    _main()
