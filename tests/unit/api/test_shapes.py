"""The shapes of the outside contract: what has them, what has not, and their JSON Schema."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tracker.api.base import Shape
from tracker.api.schema.shapes import SHAPES, json_schema, shape_errors
from tracker.cli.main import main

POLL: dict[str, Any] = {
    "run": 6,
    "outcome": "unchanged",
    "data_timestamp": "2026-11-18T09:00:05",
    "checked": 0,
    "new": 0,
    "changed": 0,
    "unchanged": 0,
    "quarantined": [],
    "failed": [],
    "held": [],
    "requests": 1,
}


def test_a_document_of_its_shape_has_no_errors() -> None:
    assert shape_errors("poll", {"poll": POLL}) == []
    assert shape_errors("poll", {"error": {"kind": "locked", "message": "It is busy.", "subject": ""}}) == []


@pytest.mark.parametrize(
    ("poll", "said"),
    [
        (POLL | {"tally": 1}, "unknown field `tally`"),
        ({key: value for key, value in POLL.items() if key != "held"}, "missing required field `held`"),
        (POLL | {"checked": "0"}, "Expected `int`, got `str`"),
        (POLL | {"failed": [{"trial": "NCT00000001"}]}, "missing required field `reason`"),
    ],
)
def test_another_shape_is_named_with_its_place(poll: dict[str, Any], said: str) -> None:
    first, *_ = shape_errors("poll", {"poll": poll})
    assert said in first


@pytest.mark.parametrize("instant", ["2026-11-18T09:00:05", "2026-11-18T09:00:05+00:00", "2026-11-18", ""])
def test_an_instant_ends_in_z(instant: str) -> None:
    assert shape_errors("alerts mute", {"muted": [{"channel": "me", "address": None, "at": instant, "reason": ""}]})


def structs_of(schema: dict[str, Any]) -> set[str]:
    return set(schema["$defs"])


def test_the_schema_has_every_shape_and_every_reference_leads_somewhere() -> None:
    schema = json_schema()
    assert {it.__name__ for shapes in SHAPES.values() for it in shapes} | {"Error"} <= structs_of(schema)
    text = msgspec.json.encode(schema).decode()
    assert {part.split('"')[0] for part in text.split('"#/$defs/')[1:]} <= structs_of(schema)


def test_no_two_shapes_have_one_name() -> None:
    found = list(every_shape(Shape))
    assert len(found) > 40 and len({it.__name__ for it in found}) == len(found)


def every_shape(of: type[Shape]) -> list[type[Shape]]:
    return [it for sub in of.__subclasses__() for it in (sub, *every_shape(sub))]


def test_every_shape_and_every_command_says_what_it_is() -> None:
    assert [it.__name__ for it in every_shape(Shape) if not (it.__doc__ or "").endswith(".")] == []


@pytest.mark.parametrize("command", SHAPES)
def test_every_shape_belongs_to_a_command(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command.split(), "--help"]) == 0
    assert "--output" in capsys.readouterr().out
