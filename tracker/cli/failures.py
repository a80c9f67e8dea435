"""Print errors as one plain sentence with the next step, or as one JSON object for scripts."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence

import typer

from schedules.clock import ClockError
from storage.engine.redaction import redacted
from storage.errors import StorageError
from tracker.cli.render.output import write_json
from tracker.errors import TrialwatchError
from tracker.records.clean import clean

__all__ = ["report_failure"]

_NEXT = {
    "Unavailable": ". Check TRIALWATCH_HOME, TRIALWATCH_DATABASE_URL and who may write there, then: trialwatch doctor",
    "NewerSchema": ". Install the newer trialwatch, or name another store with TRIALWATCH_HOME",
    "Locked": ". Another process is writing; try again in a moment",
    "Held": ". Try again when it is done",
    "Full": ". Make room on that disk and run the command again: nothing was half written",
    "Replaced": ". If the file that is there now is the right one, run the command again; else put the right one back",
    "Damaged": ". See all that is wrong: trialwatch verify",
}
"""The next step after each kind of trouble with the store."""


def report_failure(error: Exception, words: Sequence[str]) -> int:
    """Print what went wrong, and return the exit code. In Python's -X dev mode, raise unexpected errors again."""
    kind, message, subject, code = _described(error)
    if not message:
        return code
    if _wants_json(words):
        write_json({"error": {"kind": kind, "message": _whole(message), "subject": _whole(subject)}})
    else:
        sys.stderr.write(f"{clean(message)}\n")
    return code


def _described(error: Exception) -> tuple[str, str, str, int]:
    """Return kind, message, subject and exit code."""
    if isinstance(error, TrialwatchError):
        return error.kind, _sentence(error.message), error.subject, error.exit_code
    if isinstance(error, typer.TyperException):
        return "usage", _usage(error), "", getattr(error, "exit_code", 2)
    if isinstance(error, ClockError):
        return "settings", _sentence(str(error)), "TRIALWATCH_TEST_CLOCK", 2
    if isinstance(error, StorageError):
        return error.kind, _sentence(f"{error}{_next_step(error)}"), error.subject, 1
    if isinstance(error, OSError):
        name = str(error.filename or "")
        return (
            "system",
            _sentence(f"{name or 'Our output'}: {error.strerror or error}. Mend that and run the command again"),
            name,
            1,
        )
    if sys.flags.dev_mode:
        raise error
    return (
        "fault",
        f"{_fault(error)} Please report it, with your command and its trace: python -X dev -m tracker ...",
        "",
        1,
    )


def _next_step(error: StorageError) -> str:
    if getattr(error, "table", "") == "database":
        return ". Put a backup in its place (trialwatch restore --help), or name another store with TRIALWATCH_HOME"
    return _NEXT.get(type(error).__name__, "")


def _fault(error: Exception) -> str:
    """Return where in our own code an unexpected error occurred."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename] or frames
    place = f"{ours[-1].filename.rpartition('/')[2]}, line {ours[-1].lineno}" if ours else "an unknown place"
    message = redacted(str(error))
    return f"This is a fault of Trialwatch itself ({type(error).__name__} in {place}: {message})."


def _usage(error: typer.TyperException) -> str:
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stderr.write(f"{message}\n")
        return ""
    path = context.command_path if context is not None else "trialwatch"
    return f"{_sentence(message)} See: {path} --help"


def _whole(text: str) -> str:
    """Return text that JSON can hold. Bytes that are not text are shown as escapes."""
    return text.encode(errors="backslashreplace").decode()


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _wants_json(words: Sequence[str]) -> bool:
    """Return whether the arguments ask for JSON. A command that fails to start has no options yet, only arguments."""
    pairs = zip(words, [*words[1:], ""], strict=True)
    return any(
        word in ("-ojson", "-o=json", "--output=json") or (word in ("-o", "--output") and following == "json")
        for word, following in pairs
    )
