"""A whole record spoiled in several places at once, as no registry should ever send it.

Where `mutations` puts one odd value into one leaf, `spoiled` also empties, repeats, shuffles and grows lists, swaps and
transplants branches, changes types, and takes away, adds and renames keys. Everything comes from the random numbers
that are handed in.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

from tests.soak.fuzz.mutations import KINDS, Document, some_path

__all__ = ["HOSTILE", "as_bytes", "spoiled"]

MOST_BYTES = 3_000_000
"""A mutant that grew beyond this is drawn again: bombs have tests of their own (tests/poll/test_bombs.py)."""
HOSTILE: dict[str, Any] = {
    "a script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "a header": "x\r\nBcc: thief@example.org\r\n\r\nbody",
    "a link that acts": "[here](javascript:alert(1)) <a href='javascript:alert(1)'>here</a>",
    "markup of a terminal": "[bold red]x[/] [link=file:///etc/passwd]y[/link] [/]",
    "a template": "{{7*7}} ${x} %s %n {0.__class__}",
    "a formula": "=cmd|'/c calc'!A1",
    "SQL": "'; DROP TABLE snapshot; --",
    "not a number": float("nan"),
    "infinite": float("inf"),
    "a pair in two halves": "\ud83d \ude00",
    "half a pair at the end": "title \udc00",
    "NUL in the middle": "ti\x00tle",
    "every ASCII control": "".join(map(chr, range(32))) + "\x7f",
    "Arabic and English": "\u0645\u0631\u062d\u0628\u0627 (Phase 2) \u202b123\u202c",
    "emoji with joiners": "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f3f4\U000e0067\U000e007f",
    "line separators": "one\u2028two\u2029three\x85four\x0bfive",
    "a date too long": "2026-01-05T00:00:00.000000000000000000001Z",
    "a year of five digits": "12026-01-05",
    "a date before all": "0000-01-01",
    "a month of old": "January 2026",
    "all the ids": [f"NCT{number:08d}" for number in range(20)],
}
VALUES = sorted(KINDS.items()) + sorted(HOSTILE.items())
ODD_KEYS = [
    "",
    " ",
    "__private",
    "a.b",
    "~",
    "\u202e",
    "nctId",
    "NCTID",
    "0",
    "[1]",
    "x" * 300,
    "clé",
    "\ud800",
    "\x00",
]

Step = Callable[["_Place", random.Random], None]


class _Place:
    """Somewhere in a record: `box[key]` is the value there."""

    def __init__(self, record: Document, rng: random.Random, donor: Document) -> None:
        path = some_path(record, rng)
        if isinstance(protocol := record.get("protocolSection"), dict) and rng.random() < 0.7:
            path = ("protocolSection", *some_path(protocol, rng))
        if len(path) > 1 and rng.random() < 0.4:
            path = path[: rng.randrange(1, len(path))]
        self.record, self.donor, self.path = record, donor, path
        self.box: Any = record
        for step in path[:-1]:
            self.box = self.box[step]
        self.key = path[-1]

    @property
    def value(self) -> Any:
        return self.box[self.key]

    @value.setter
    def value(self, new: Any) -> None:
        self.box[self.key] = new


def _odd_value(place: _Place, rng: random.Random) -> None:
    place.value = copy.deepcopy(rng.choice(VALUES)[1])


def _odd_value_alike(place: _Place, rng: random.Random) -> None:
    """Of the same type, so that a reader has no reason to refuse the record for that."""
    alike = [value for _, value in VALUES if type(value) is type(place.value)]
    place.value = copy.deepcopy(rng.choice(alike)) if alike else place.value


def _another_of_its_kind(place: _Place, rng: random.Random) -> None:
    """A value that stands elsewhere in the record for the same type: a code for a code, a date for a name."""
    other = _Place(place.record, rng, place.donor)
    if type(other.value) is type(place.value) and not isinstance(place.value, (dict, list)):
        place.value = other.value


def _odd_text_within(place: _Place, rng: random.Random) -> None:
    """A hostile text after a sane one: the beginning looks well."""
    odd = rng.choice([value for _, value in VALUES if isinstance(value, str) and len(value) < 5000])
    if isinstance(place.value, str):
        place.value = f"{place.value} {odd}"
    elif isinstance(place.box, dict):
        place.box[f"{place.key} {odd[:50]}"] = odd


def _emptied(place: _Place, rng: random.Random) -> None:
    place.value = {} if isinstance(place.value, dict) else [] if isinstance(place.value, list) else ""


def _repeated(place: _Place, rng: random.Random) -> None:
    value = place.value
    if isinstance(value, list):
        place.value = copy.deepcopy(value * rng.choice([2, 3, 7]))
    elif isinstance(value, str):
        place.value = value * rng.choice([2, 3, 50])
    elif isinstance(value, dict):
        place.value = {**value, **{f"{key}2": copy.deepcopy(item) for key, item in value.items()}}


def _shuffled(place: _Place, rng: random.Random) -> None:
    value = place.value
    if isinstance(value, list):
        rng.shuffle(value)
    elif isinstance(value, str):
        place.value = "".join(rng.sample(value, len(value)))
    elif isinstance(value, dict):
        keys = rng.sample(list(value), len(value))
        place.value = {key: value[key] for key in keys}


def _crossed(place: _Place, rng: random.Random) -> None:
    """The values of an object under each other's keys."""
    if isinstance(value := place.value, dict):
        place.value = dict(zip(value, rng.sample(list(value.values()), len(value)), strict=True))


def _grown(place: _Place, rng: random.Random) -> None:
    """Hundreds of items, each a little different."""
    value = place.value
    if isinstance(value, str):
        place.value = "\n\n".join(_numbered(value, number) for number in range(50))
        return
    model = value[0] if isinstance(value, list) and value else value  # an object becomes a list of its like
    place.value = [_numbered(copy.deepcopy(model), number) for number in range(rng.choice([30, 300, 900]))]


def _numbered(item: Any, number: int) -> Any:
    if isinstance(item, dict):
        return {key: f"{value} {number}" if isinstance(value, str) else value for key, value in item.items()}
    return f"{item} {number}" if isinstance(item, str) else item


def _swapped(place: _Place, rng: random.Random) -> None:
    other = _Place(place.record, rng, place.donor)
    inside = other.path[: len(place.path)] == place.path or place.path[: len(other.path)] == other.path
    if not inside:
        place.value, other.value = other.value, place.value


def _transplanted(place: _Place, rng: random.Random) -> None:
    """A branch of another trial's record."""
    place.value = copy.deepcopy(_Place(place.donor, rng, place.donor).value)


def _nested(place: _Place, rng: random.Random) -> None:
    """The record within itself."""
    place.value = copy.deepcopy(rng.choice([place.record, place.record.get("protocolSection"), place.box]))


def _retyped(place: _Place, rng: random.Random) -> None:
    value = place.value
    if isinstance(value, dict):
        place.value = rng.choice([list(value.values()), list(value), [value], json.dumps(value)])
    elif isinstance(value, list):
        place.value = rng.choice([{str(n): it for n, it in enumerate(value)}, value[:1], json.dumps(value), [value]])
    else:
        place.value = rng.choice([[value], {"value": value}, str(value), [str(value), None], len(str(value)), None])


def _removed(place: _Place, rng: random.Random) -> None:
    del place.box[place.key]


def _added(place: _Place, rng: random.Random) -> None:
    value = copy.deepcopy(rng.choice(VALUES)[1])
    if isinstance(place.box, dict):
        place.box[rng.choice(ODD_KEYS)] = value
    else:
        place.box.insert(place.key, value)


def _renamed(place: _Place, rng: random.Random) -> None:
    if isinstance(place.box, dict):
        new = rng.choice([str(place.key).upper(), f"{place.key} ", *ODD_KEYS])
        place.box[new] = place.box.pop(place.key)


STEPS: list[Step] = [
    *(_odd_value, _odd_value, _odd_text_within, _odd_text_within, _emptied, _repeated, _shuffled, _crossed, _grown),
    *(_swapped, _transplanted, _nested, _retyped, _removed, _added, _renamed),
]


GENTLE: list[Step] = [_odd_value_alike, _another_of_its_kind, _odd_text_within, _repeated, _shuffled, _grown, _removed]
"""What leaves most records readable, so that the odd text reaches all that shows it."""


def spoiled(record: Document, donor: Document, rng: random.Random) -> tuple[Document, list[str]]:
    """A spoiled copy, and what was done to it where. Few steps as often as many: one may hide another."""
    while True:
        made = copy.deepcopy(record)
        steps = rng.choice([STEPS, GENTLE, GENTLE])
        said = []
        for _ in range(rng.choice([1, 1, 2, 3, 5, 8, 13])):
            if not made:
                break
            step, place = rng.choice(steps), _Place(made, rng, donor)
            said.append(f"{step.__name__.strip('_')} {'.'.join(map(str, place.path))}")
            step(place, rng)
        if len(as_bytes(made)) <= MOST_BYTES:
            return made, said


def as_bytes(record: Any) -> bytes:
    """JSON as a careless server writes it: NaN as a word, half a pair as an escape."""
    return json.dumps(record).encode()
