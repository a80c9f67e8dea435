"""A pager for tables that are longer than the screen, as git has one."""

from __future__ import annotations

import io
import os
import shlex
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TextIO

__all__ = ["is_paging", "paged", "say_later"]

_DEFAULT = ("less", "-FRX")
_CANNOT_RUN = (126, 127)
"""Exit codes of a shell that could not run a program."""


class _Page(io.StringIO):
    """Stands in for the terminal while a table is printed, so that its length is known before it is shown."""

    def __init__(self, terminal: TextIO) -> None:
        super().__init__()
        self.terminal = terminal
        self.notes: list[str] = []

    def __getattribute__(self, name: str) -> Any:
        # rich asks for the encoding. StringIO has none, and does not let it be set.
        return super().__getattribute__("terminal").encoding if name == "encoding" else super().__getattribute__(name)

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.terminal.fileno()


def is_paging() -> bool:
    """Return whether what is printed now is kept for a pager."""
    return isinstance(sys.stdout, _Page)


def say_later(line: str) -> bool:
    """Keep a line for stderr until the pager has ended. Return whether there is one to wait for."""
    if isinstance(sys.stdout, _Page):
        sys.stdout.notes.append(line)
        return True
    return False


@contextmanager
def paged() -> Iterator[None]:
    """Show what is printed in the block through a pager, if stdout is a terminal and it does not fit on the screen.

    The pager is `$TRIALWATCH_PAGER`, `$PAGER` or `less -FRX`. An empty value or `cat` means none. To leave it early,
    with q or Ctrl-C, is no error: what it was given counts as printed. If it cannot be started, the text is printed.
    """
    terminal = sys.stdout
    if is_paging() or not terminal.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        yield
        return
    page = _Page(terminal)
    sys.stdout = page
    try:
        yield
    finally:
        sys.stdout = terminal
        page.notes += _show(page.getvalue(), terminal)
        for line in page.notes:
            with suppress(OSError):
                sys.stderr.write(line)


def _show(text: str, terminal: TextIO) -> list[str]:
    """Print `text` in the fitting way. Return what is to be said of the pager."""
    pager = _chosen(os.environ)
    if not pager or text.count("\n") < shutil.get_terminal_size().lines:
        terminal.write(text)
        return []
    terminal.flush()
    if _through(pager, text.encode(terminal.encoding, errors="backslashreplace")):
        return []
    terminal.write(text)
    terminal.flush()
    return [f"The pager {pager[0]!r} could not be started. Set TRIALWATCH_PAGER to another, or to cat for none.\n"]


def _chosen(environment: Mapping[str, str]) -> Sequence[str]:
    """Return the words of the pager's command. Empty for none."""
    for name in ("TRIALWATCH_PAGER", "PAGER"):
        if name in environment:
            try:
                words = shlex.split(environment[name])
            except ValueError:  # a quotation mark without its other half
                return [environment[name]]
            return [] if words == ["cat"] else words
    return _DEFAULT if shutil.which(_DEFAULT[0]) else ()


def _through(pager: Sequence[str], text: bytes) -> bool:
    """Run the pager with `text` until it ends. Return whether it could be started."""
    import subprocess  # noqa: PLC0415  (10 ms, which only a long table needs)

    # Ctrl-C is for the pager. With a handler of our own, and not "ignore", the pager starts with the default one.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        # less shows colours, and ends at once if all fits, unless the user has set it up otherwise.
        started = subprocess.Popen(pager, stdin=subprocess.PIPE, env={"LESS": "FRX", **os.environ})
    except (OSError, ValueError):
        return False
    else:
        with suppress(OSError):  # left before it had everything
            started.communicate(text)
        return started.wait() not in _CANNOT_RUN
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)
