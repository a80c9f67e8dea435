"""How well items under other labels are found again: planted edits of the lists of real records, drawn from a seed.

Of one real list some items are kept for the second version alone (true additions), some for the first alone (true
removals), some are relabelled as registries and sponsors do it, and the rest stays. Additions and removals come from
the same list, so they resemble each other as real ones do: two hospitals of a city, two doses of a drug, two papers of
one group. ``python -m tests.integration.real.identity`` writes the figures of docs/signal.md anew, where the real
records are.
"""

from __future__ import annotations

import random
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from tests.integration.real.figures import page_with, real_records
from tests.integration.real.relabelling import REPLACING, RULES, Rule
from tests.support.paths import ROOT
from tracker.changes.matching.match_items import matched
from tracker.records.keys import keyed
from tracker.records.maps import by_arm, by_intervention, by_organization, by_outcome, by_site
from tracker.registries.ctgov.reader import read

__all__ = ["Figures", "figures", "page"]

PAGE = ROOT / "docs" / "signal.md"
BEGIN, END = "<!-- identity: written by tests/integration/real/identity.py -->\n", "<!-- end of identity -->"
SEED = 20261128
Build = Callable[[Sequence[Any]], dict[str, Any]]
PLACES: dict[str, tuple[str, tuple[str, ...], Build]] = {
    "sites": ("site", ("sites",), by_site),
    "references": (
        "reference",
        ("references",),
        lambda items: keyed(items, lambda it: it.pmid or it.citation or "", lambda it: it.citation or ""),
    ),
    "documents": (
        "document",
        ("documents",),
        lambda items: keyed(items, lambda it: it.filename or it.label or "", lambda it: it.date or ""),
    ),
    "arms": ("arm", ("arms",), by_arm),
    "interventions": ("intervention", ("interventions",), by_intervention),
    "primary": ("outcome", ("outcomes", "primary"), by_outcome),
    "secondary": ("outcome", ("outcomes", "secondary"), by_outcome),
    "collaborators": ("collaborator", ("sponsor", "collaborators"), by_organization),
}


class Figures(NamedTuple):
    """Of one kind: items relabelled, those found again, pairs told, those wrong; items that truly came or went."""

    planted: int = 0
    found: int = 0
    told: int = 0
    wrong: int = 0
    come_or_gone: int = 0

    @property
    def recall(self) -> float:
        return self.found / max(1, self.planted)

    @property
    def precision(self) -> float:
        return 1 - self.wrong / max(1, self.told)


class Result(NamedTuple):
    """One planted list. `made`: a rule and whether its item was found again; `wrong`: pairs of two things.

    `aside`: of a trial of the half that was not looked at while the likeness was chosen.
    """

    kind: str
    made: tuple[tuple[str, bool, Any, Any], ...]
    told: int
    wrong: tuple[tuple[Any, Any], ...]
    come_or_gone: int
    aside: bool = False


def planted(records: Sequence[dict[str, Any]], seed: int = SEED) -> Iterator[Result]:
    """Every list of two items and more, of every record, planted once."""
    rng = random.Random(seed)
    for study in records:
        record = read(study).record
        aside = bool(zlib.crc32(record.trial.encode()) % 2)
        for kind, path, build in PLACES.values():
            items: Any = record
            for part in path:
                items = getattr(items, part)
            if len(items) >= 2:
                yield _plant(kind, path, build, list(items.values()), rng)._replace(aside=aside)


def _plant(kind: str, path: tuple[str, ...], build: Build, items: list[Any], rng: random.Random) -> Result:
    rng.shuffle(items)
    few = min(3, len(items) // 2)
    relabelled = items[: rng.randint(1, max(1, few))]
    rest = items[len(relabelled) :]
    gone = [rest.pop() for _ in range(rng.randint(0, min(2, len(rest))))]
    come = [rest.pop() for _ in range(rng.randint(0, min(2, len(rest))))]
    old, new, rules = [*gone, *rest], [*come, *rest], []
    for item in relabelled:
        name, (one, two) = _relabel(RULES[kind], item, [it for it in items if it is not item], rng)
        rules.append((name, one, two))
        old.append(one)
        new.append(two)
    return _judged(kind, path, (build(old), build(new)), rules, rest, len(gone) + len(come))


def _relabel(
    rules: Sequence[Rule], item: Any, others: Sequence[Any], rng: random.Random
) -> tuple[str, tuple[Any, Any]]:
    """The item before and after one of the rules that has something to do."""
    for rule in rng.sample(list(rules), len(rules)):
        pair = rule(item, rng)
        if pair is not None and pair[0] != pair[1] and not (rule in REPLACING and _fits(pair[1], others)):
            return rule.__name__.replace("_", " "), pair
    return "nothing to do", (item, item)


def _fits(two: Any, others: Sequence[Any]) -> bool:
    """Whether a label that says nothing of the old one fits another item of the list as well, or is the other's own.

    Two cohorts that are given and described the same, one of which is from now on called by what both are given: no
    reader could say which of the two it is. This is no relabelling that anything can find again.
    """
    return any(it.label == two.label or msgspec.structs.replace(it, label=two.label) == two for it in others)


def _judged(
    kind: str, path: tuple[str, ...], maps: tuple[dict[str, Any], dict[str, Any]], rules: Any, rest: Any, others: int
) -> Result:
    old_keys, new_keys = ({id(item): key for key, item in side.items()} for side in maps)
    documents = [_document(path, side) for side in maps]
    found = matched(*documents).get(path)
    moved = {pair.before: pair.after for pair in found.moved} if found else {}
    kept = (maps[0].keys() & maps[1].keys()) if found is None else maps[0].keys() - found.gone - moved.keys()
    pairs = moved | {key: key for key in kept}
    truth = {old_keys[id(one)]: new_keys[id(two)] for _, one, two in rules}
    truth |= {old_keys[id(item)]: new_keys[id(item)] for item in rest}
    made = tuple(
        (name, pairs.get(old_keys[id(one)]) == new_keys[id(two)], one, two)
        for name, one, two in rules
        if old_keys[id(one)] != new_keys[id(two)]
    )
    wrong = tuple(
        (maps[0][before], maps[1][after])
        for before, after in moved.items()
        if truth.get(before) != after and maps[0][before] != maps[1][after]
    )
    return Result(kind, made, len(moved), wrong, others)


def _document(path: tuple[str, ...], items: dict[str, Any]) -> dict[str, Any]:
    value: Any = msgspec.to_builtins(items)
    for part in reversed(path):
        value = {part: value}
    return dict(value)


def figures(results: Sequence[Result]) -> dict[str, Figures]:
    found: dict[str, Figures] = {}
    for it in results:
        one = (len(it.made), sum(ok for _, ok, *_ in it.made), it.told, len(it.wrong), it.come_or_gone)
        found[it.kind] = Figures(*(a + b for a, b in zip(found.get(it.kind, Figures()), one, strict=True)))
    return found


def tables(results: Sequence[Result]) -> str:
    """A line a kind of thing, a line a kind for each half of the trials, then a line a rule."""
    lines = ["| thing | relabelled | found again | recall | come or gone | pairs told | wrong | precision |"]
    lines += ["|---|---:|---:|---:|---:|---:|---:|---:|"]
    for kind, it in figures(results).items():
        counts = f"{it.planted:,} | {it.found:,} | {it.recall:.3f} | {it.come_or_gone:,} | {it.told:,} | {it.wrong}"
        lines.append(f"| {kind} | {counts} | {it.precision:.3f} |")
    lines += ["", *_halves(results)]
    made: Counter[tuple[str, str]] = Counter()
    again: Counter[tuple[str, str]] = Counter()
    for result in results:
        for name, ok, *_ in result.made:
            made[result.kind, name] += 1
            again[result.kind, name] += ok
    lines += ["", "| relabelled by | made | found again |", "|---|---:|---:|"]
    lines += [f"| {kind}: {name} | {made[kind, name]:,} | {again[kind, name]:,} |" for kind, name in sorted(made)]
    return "\n".join(lines) + "\n"


def _halves(results: Sequence[Result]) -> list[str]:
    """The figures of the half that was looked at and of the other one; both versions of a trial are in one half."""
    seen, aside = (figures([it for it in results if it.aside is half]) for half in (False, True))
    lines = [
        "| thing | recall, half looked at | precision | recall, other half | precision |",
        "|---|---:|---:|---:|---:|",
    ]
    for kind in figures(results):
        parts = [f"{it.recall:.3f} | {it.precision:.3f}" for it in (seen[kind], aside[kind])]
        lines.append(f"| {kind} | {' | '.join(parts)} |")
    return lines


def page(results: Sequence[Result]) -> str:
    """The page with these figures."""
    return page_with(tables(results), PAGE, BEGIN, END)


def _main() -> None:
    PAGE.write_text(page(list(planted(real_records()))), encoding="utf-8")


if __name__ == "__main__":
    _main()
