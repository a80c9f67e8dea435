"""How well signal is told from noise: edits of real records, and the severity each was told with.

``python -m tests.integration.real.signal`` writes the figures of docs/signal.md anew, where the real records are.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from storage.values.severity import Severity, worst
from tests.integration.real.edits import DAY, MEANINGFUL, MEANINGLESS, Edit, Meant, Study, pending
from tests.integration.real.figures import page_with, real_records
from tests.support.paths import ROOT
from tracker.changes.detect_changes import detect_changes
from tracker.records.trial import TrialRecord
from tracker.registries.ctgov.reader import read

__all__ = ["Outcome", "chosen", "outcomes", "page", "tables"]

PAGE = ROOT / "docs" / "signal.md"
BEGIN, END = "<!-- figures: written by tests/integration/real/signal.py -->\n", "<!-- end of figures -->"
SEED, RECORDS, EACH = 20261122, 200, 8
SILENT = "silent"
_ORDER = tuple(Severity)
COLUMNS = (SILENT, *Severity)


class Outcome(NamedTuple):
    """One edit of one record. `least`: the severity it must have, "" when it must not be above admin.

    `told`: the severity of the event it must raise; of a meaningless edit that of the worst event; or silent.
    `said`: whether its summary says what it must. `exact`: `least` is also the most.
    """

    trial: str
    edit: str
    least: str
    told: str
    said: bool = True
    exact: bool = False

    @property
    def wrong(self) -> bool:
        told = -1 if self.told == SILENT else _ORDER.index(self.told)
        if not self.said or (self.exact and self.told != self.least):
            return True
        return told < _ORDER.index(self.least) if self.least else told > 0


def chosen(records: Sequence[Study], rng: random.Random) -> list[Study]:
    """So many trials, the last version of each: all with results pending, as many with results, the rest at random."""
    by_trial = {}
    for record in sorted(records, key=lambda it: str(it["derivedSection"]["miscInfoModule"].get("versionHolder"))):
        by_trial[record["protocolSection"]["identificationModule"]["nctId"]] = record
    waiting = [trial for trial in sorted(by_trial) if pending(by_trial[trial])]
    posted = rng.sample([trial for trial in sorted(by_trial) if by_trial[trial]["hasResults"]], len(waiting))
    told = [*waiting, *posted]
    others = rng.sample(sorted(by_trial.keys() - set(told)), RECORDS - len(told))
    return [by_trial[trial] for trial in (*told, *others)]


def outcomes(records: Sequence[Study]) -> Iterator[Outcome]:
    """Of each record some edits of either sort, each alone, and each meaningful one among all the meaningless ones."""
    rng = random.Random(SEED)
    for study in chosen(records, rng):
        before = read(study).record
        noisy = _with_noise(study, rng)
        yield _meaningless(before, "all of these at once", noisy)
        for (name, _), edited in _edited(study, [(it, it[1]) for it in MEANINGLESS], rng):
            yield _meaningless(before, name, edited)
        for meant, edited in _edited(study, [(it, it.edit) for it in MEANINGFUL], rng):
            yield _meaningful(before, meant, study, edited)
            amid = _copied(noisy)
            if meant.edit(amid, rng):
                yield _meaningful(before, meant, study, amid)


def _copied(study: Study) -> Study:
    copied: Study = orjson.loads(orjson.dumps(study))  # a tenth of the time that copy.deepcopy takes
    return copied


def _edited(study: Study, edits: Sequence[tuple[Any, Edit]], rng: random.Random) -> Iterator[tuple[Any, Study]]:
    """So many of the edits that can be made, each on a copy of its own."""
    made = 0
    for name, edit in rng.sample(edits, len(edits)):
        copied = _copied(study)
        if made < EACH and edit(copied, rng):
            made += 1
            yield name, copied


def _with_noise(study: Study, rng: random.Random) -> Study:
    noisy = _copied(study)
    for _, edit in rng.sample(MEANINGLESS, len(MEANINGLESS)):
        edit(noisy, rng)
    return noisy


def _meaningful(before: TrialRecord, meant: Meant, study: Study, edited: Study) -> Outcome:
    events = detect_changes(before, read(edited).record, DAY)
    own = [event for event in events if event.kind == meant.kind]
    said = not meant.says or any(re.search(meant.says, event.summary) for event in own)
    told = _worst([event.severity for event in own])
    return Outcome(before.trial, meant.name, meant.severity(study), told, said, meant.exact)


def _meaningless(before: TrialRecord, name: str, edited: Study) -> Outcome:
    events = detect_changes(before, read(edited).record, DAY)
    return Outcome(before.trial, name, "", _worst([event.severity for event in events]))


def _worst(severities: list[str]) -> str:
    return worst(severities) if severities else SILENT


def tables(found: Sequence[Outcome]) -> str:
    """The confusion table, and a line an edit."""
    wrong = [outcome for outcome in found if outcome.wrong]
    must = {"at most admin": "", **{f"at least {name}": name for name in _ORDER[1:]}}
    counts = Counter((outcome.least, outcome.told) for outcome in found)
    lines = [
        f"{len(found):,} edits of {len({outcome.trial for outcome in found})} records; {len(wrong)} told wrong.",
        "",
        *_table("must be told", [(said, [counts[least, told] for told in COLUMNS]) for said, least in must.items()]),
        "",
    ]
    by_edit: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for outcome in found:
        sort = "meaningful" if outcome.least else "meaningless"
        by_edit[sort, outcome.edit][outcome.told] += 1
    for sort in ("meaningful", "meaningless"):
        rows = [(name, [told[it] for it in COLUMNS]) for (kind, name), told in sorted(by_edit.items()) if kind == sort]
        lines += [*_table(f"{sort} edit", rows), ""]
    return "\n".join(lines)


def _table(heading: str, rows: Sequence[tuple[str, Sequence[int]]]) -> Iterator[str]:
    yield f"| {heading} | {' | '.join(COLUMNS)} |"
    yield "|---|" + "---:|" * len(COLUMNS)
    for name, counts in rows:
        yield f"| {name} | {' | '.join(str(count or '') for count in counts)} |"


def page(found: Sequence[Outcome]) -> str:
    """The page with these figures."""
    return page_with(tables(found), PAGE, BEGIN, END)


def _main() -> None:
    PAGE.write_text(page(list(outcomes(real_records()))), encoding="utf-8")


if __name__ == "__main__":
    _main()
