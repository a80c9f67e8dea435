"""The daemon's log, one line per step. Text from registries is always escaped."""

from __future__ import annotations

import os
import sys
import traceback
from datetime import datetime
from typing import Any, TextIO

import structlog

from schedules.clock import Clock
from storage.engine.redaction import redacted
from tracker.recording.instants import instant_out

__all__ = ["Log"]


class Log:
    """Writes structured lines to a stream: coloured text on a terminal, otherwise one JSON object per line."""

    def __init__(self, clock: Clock, stream: TextIO | None = None) -> None:
        out = stream or sys.stderr
        last = structlog.dev.ConsoleRenderer(colors=True) if out.isatty() else structlog.processors.JSONRenderer()
        self._clock = clock
        self._out = out
        self._log = structlog.wrap_logger(
            structlog.PrintLogger(out), processors=[self._stamped, structlog.processors.add_log_level, last]
        )

    def _stamped(self, _logger: Any, _name: str, entry: Any) -> Any:
        try:
            now: datetime = self._clock.now()
            entry["time"] = instant_out(now)
        except (ValueError, OverflowError, OSError) as error:
            # This line may be about a clock beyond the year 9999.
            entry["time"] = f"no time: {error}"
        return entry

    def say(self, what: str, **facts: Any) -> None:
        """Log normal activity."""
        self._write("info", what, facts)

    def warn(self, what: str, **facts: Any) -> None:
        """Log something that an operator should know, though the daemon continues."""
        self._write("warning", what, facts)

    def trouble(self, what: str, error: BaseException, **facts: Any) -> None:
        """Log an error with its place in the program, on one line."""
        where = traceback.extract_tb(error.__traceback__)[-3:]
        places = [f"{frame.name} ({frame.filename.rpartition('/')[2]}:{frame.lineno})" for frame in where]
        self._write("error", what, {**facts, "error": redacted(f"{type(error).__name__}: {error}"), "where": places})

    def close(self) -> None:
        """Redirect the stream to /dev/null, because its reader is gone and flushing at exit would fail."""
        # Replace the descriptor and not the stream object, which other code also holds.
        os.dup2(os.open(os.devnull, os.O_WRONLY), self._out.fileno())

    def _write(self, level: str, what: str, facts: dict[str, Any]) -> None:
        try:
            getattr(self._log, level)(what, **facts)
        except BrokenPipeError:
            # The daemon continues without a log.
            self.close()
        except OSError:
            # The disk may have space again later.
            return
