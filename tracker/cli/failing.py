"""Errors as one plain sentence with the next step in it, or as one JSON object for scripts."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from tracker.errors import TrialwatchError

__all__ = ["report_failure"]


def report_failure(error: Exception, words: Sequence[str]) -> int:
    """Print what went wrong; returns the exit code. An error nobody foresaw is raised again, with its traceback."""
    kind, message, subject, code = _described(error)
    if not message:
        return code
    from tracker.cli.clean import clean

    if _wants_json(words):
        import orjson

        body = {"error": {"kind": kind, "message": message, "subject": subject}}
        sys.stdout.write(orjson.dumps(body).decode() + "\n")
    else:
        sys.stderr.write(f"{clean(message)}\n")
    return code


def _described(error: Exception) -> tuple[str, str, str, int]:
    """Kind, message, subject, exit code."""
    if isinstance(error, TrialwatchError):
        return error.kind, _sentence(error.message), error.subject, error.exit_code
    if isinstance(error, typer.TyperException):
        return "usage", _usage(error), "", getattr(error, "exit_code", 2)
    from schedules.clock import ClockError

    if isinstance(error, ClockError):
        return "settings", _sentence(str(error)), "TRIALWATCH_TEST_CLOCK", 2
    from storage.errors import StorageError

    if isinstance(error, StorageError):
        kind = f"storage_{type(error).__name__.lower()}"
        return kind, _sentence(str(error)), str(getattr(error, "subject", "")), 1
    raise error


def _usage(error: typer.TyperException) -> str:
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stderr.write(f"{message}\n")
        return ""
    path = context.command_path if context is not None else "trialwatch"
    return f"{_sentence(message)} See: {path} --help"


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _wants_json(words: Sequence[str]) -> bool:
    """Whether the words ask for JSON: read from them, since a command that fails to start has no options yet."""
    pairs = zip(words, [*words[1:], ""], strict=True)
    return any(
        word in ("-ojson", "-o=json", "--output=json") or (word in ("-o", "--output") and following == "json")
        for word, following in pairs
    )
