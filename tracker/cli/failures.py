"""Print errors as one plain sentence with the next step, or as one JSON object for scripts."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import typer

from schedules.clock import ClockError
from storage.engine.redaction import redacted
from storage.errors import StorageError
from storage.files.file_causes import file_cause
from tracker.cli.command_table import command_in
from tracker.cli.render.output import write_json
from tracker.cli.typed.formats import OUTPUT_VARIABLE, Format
from tracker.errors import TrialwatchError
from tracker.records.clean import clean
from tracker.services.diagnostics.store_steps import next_step

__all__ = ["report_failure"]


def report_failure(error: Exception, words: Sequence[str]) -> int:
    """Print what went wrong, and return the exit code. In Python's -X dev mode, raise unexpected errors again."""
    kind, message, subject, code = _described(error, words)
    if not message:
        return code
    if _wants_json(words):
        write_json({"error": {"kind": kind, "message": _whole(message), "subject": _whole(subject)}})
    else:
        sys.stderr.write(f"{clean(message)}\n")
    return code


def _described(error: Exception, words: Sequence[str]) -> tuple[str, str, str, int]:
    """Return kind, message, subject and exit code."""
    if isinstance(error, TrialwatchError):
        return error.kind, _sentence(error.message), error.subject, error.exit_code
    if isinstance(error, typer.TyperException):
        return "usage", _usage(error, words), "", getattr(error, "exit_code", 2)
    if isinstance(error, ClockError):
        return "settings", _sentence(str(error)), "TRIALWATCH_TEST_CLOCK", 2
    if isinstance(error, StorageError):
        return error.kind, _sentence(f"{error}{next_step(error)}"), error.subject, 1
    if isinstance(error, OSError):
        name = str(error.filename or "")
        why, step = file_cause(error)
        step = f"{step[:1].upper()}{step[1:]} and run the command again"
        return "system", _sentence(f"{name or 'The output'}: {why}. {step}"), name, 1
    if sys.flags.dev_mode:
        raise error
    return (
        "fault",
        f"{_fault(error)} Please report it, with your command and its trace: python -X dev -m tracker ...",
        "",
        1,
    )


def _fault(error: Exception) -> str:
    """Return where in our own code an unexpected error occurred."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename] or frames
    place = f"{ours[-1].filename.rpartition('/')[2]}, line {ours[-1].lineno}" if ours else "an unknown place"
    message = redacted(str(error))
    return f"This is a fault of Trialwatch itself ({type(error).__name__} in {place}: {message})."


def _usage(error: typer.TyperException, words: Sequence[str]) -> str:
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stderr.write(f"{message}\n")
        return ""
    # The parser does not say in which command an option without its value was.
    path = context.command_path if context is not None else f"trialwatch {command_in(words)}".rstrip()
    if type(error).__name__ == "NoSuchOption":
        message = _no_such_option(error)
    return f"{_sentence(message)} See: {path} --help"


def _no_such_option(error: typer.TyperException) -> str:
    name = str(getattr(error, "option_name", ""))
    near = list(getattr(error, "possibilities", None) or ())[:1]
    if name.removeprefix("--") in list(Format):
        near = [f"-o {name.removeprefix('--')}"]
    hint = f" Did you mean: {', '.join(near)}?" if near else ""
    return f"No such option: {name[:40]}.{hint}"


def _whole(text: str) -> str:
    """Return text that JSON can hold. Bytes that are not text are shown as escapes."""
    return text.encode(errors="backslashreplace").decode()


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _wants_json(words: Sequence[str]) -> bool:
    """Return whether the arguments ask for JSON. A command that fails to start has no options yet, only arguments."""
    pairs = list(zip(words, [*words[1:], ""], strict=True))
    asked = [word for word in words if word == "--json" or word.startswith(("-o", "--output"))]
    if not asked:
        return os.environ.get(OUTPUT_VARIABLE) == Format.JSON
    return any(
        word in ("--json", "-ojson", "-o=json", "--output=json") or (word in ("-o", "--output") and following == "json")
        for word, following in pairs
    )
