"""One line a step, for people on a terminal and for machines elsewhere. No registry text gets through unescaped."""

from __future__ import annotations

import os
import sys
import traceback
from datetime import datetime
from typing import Any, TextIO

import structlog

from schedules.clock import Clock
from storage.engine.redaction import redacted
from tracker.recording.row_mapping import instant_out

__all__ = ["Log"]


class Log:
    """Writes structured lines to a stream: coloured words on a terminal, one JSON object a line elsewhere."""

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
            # A clock beyond the year 9999 is what this line may be about.
            entry["time"] = f"no time: {error}"
        return entry

    def say(self, what: str, **facts: Any) -> None:
        """Something happened as it should."""
        self._write("info", what, facts)

    def warn(self, what: str, **facts: Any) -> None:
        """Something an operator should know of, though all goes on."""
        self._write("warning", what, facts)

    def trouble(self, what: str, error: BaseException, **facts: Any) -> None:
        """Something did not; with where in the program, once, on the same line."""
        where = traceback.extract_tb(error.__traceback__)[-3:]
        places = [f"{frame.name} ({frame.filename.rpartition('/')[2]}:{frame.lineno})" for frame in where]
        self._write("error", what, {**facts, "error": redacted(f"{type(error).__name__}: {error}"), "where": places})

    def close(self) -> None:
        """Nobody reads us any more: write to nowhere, so that what is left unwritten is no trouble at the end."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), self._out.fileno())

    def _write(self, level: str, what: str, facts: dict[str, Any]) -> None:
        try:
            getattr(self._log, level)(what, **facts)
        except BrokenPipeError:
            # Watching goes on.
            self.close()
        except OSError:
            # A full disk may have room again.
            return
