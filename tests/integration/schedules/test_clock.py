"""The clocks: the file one is read at every look, and says plainly what is wrong with its file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from schedules.clock import ClockError, FileClock, ManualClock, SystemClock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "clock"


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T12:00:00Z",
        "2026-03-01T13:00:00+01:00",
        "2026-03-01T12:00:00",  # without a zone it is UTC
        " 2026-03-01 12:00 \n",
        "20260301T120000Z",
    ],
)
def test_one_instant_however_it_is_written(file: Path, text: str) -> None:
    file.write_text(text)
    assert FileClock(file).now() == NOON
    assert FileClock(file).now().tzinfo is UTC


def test_the_file_is_read_again_at_every_look(file: Path) -> None:
    clock = FileClock(file)
    file.write_text("2026-03-01T12:00:00Z")
    assert clock.now() == NOON
    file.write_text("2026-03-02T12:00:00Z")
    assert clock.now() == NOON + timedelta(days=1)


@pytest.mark.parametrize("content", [b"", b"tomorrow", b"2026-02-30", b"\xff\xfe", b"0001-01-01T00:00:00+05:00", None])
def test_a_bad_file_is_named(file: Path, content: bytes | None) -> None:
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ClockError, match="clock: the test clock must hold one ISO 8601 instant"):
        FileClock(file).now()


def test_the_clock_moved_by_hand_stands_still_in_between() -> None:
    clock = ManualClock(NOON.astimezone(timezone(timedelta(hours=3))))
    assert clock.now() == clock.now() == NOON
    clock.advance(timedelta(minutes=5))
    assert clock.now() == NOON + timedelta(minutes=5)
    clock.move_to(NOON)
    assert clock.now() == NOON


def test_the_machines_clock_is_utc_and_its_jitter_stays_in_bounds() -> None:
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    assert all(0 <= clock.jitter(2.0) <= 2.0 for _ in range(50))
    before = clock.stopwatch()
    clock.pause(0)
    clock.pause(-1)
    assert clock.stopwatch() >= before
