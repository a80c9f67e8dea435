"""open: open the registry's page of a trial in the browser."""

from __future__ import annotations

import os
import sys
import webbrowser
from contextlib import suppress
from typing import Annotated

import typer

from tracker.cli.render.output import note
from tracker.cli.typed.arguments import OneTrial
from tracker.errors import UsageError
from tracker.registries.ids import links_of
from tracker.services.typed.trial_ids import trial_id

__all__ = ["command"]


def command(
    id_: OneTrial,
    results: Annotated[bool, typer.Option("--results", help="Open the page of its results.")] = False,
    history: Annotated[bool, typer.Option("--history", help="Open the page of its versions.")] = False,
    only_print: Annotated[bool, typer.Option("--print", help="Only print the address.")] = False,
) -> None:
    """Open the registry's page of a trial in the browser, and print its address.

    The trial need not be stored or watched. The browser is the one that BROWSER names, else that of the desktop. Where
    there is none, only the address is printed.

    \b
    Example:  trialwatch open NCT05349331 --results
    """
    address = _address(trial_id(id_), results=results, history=history)
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
    if only_print:
        return
    if not _has_browser():
        note("No browser is opened: there is no desktop here, and BROWSER names none.")
    elif not _opened(address):
        note("No browser could be opened. Name one with BROWSER, or open the address yourself.")


def _address(trial: str, *, results: bool, history: bool) -> str:
    """Return the address of the page that is meant. Raise UsageError if the registry has no such page."""
    if results and history:
        raise UsageError("--results and --history are two different pages; give one of them")
    links = links_of(trial)
    if history and not links.history:
        raise UsageError(
            f"The registry of {trial} has no page of versions. See what is stored: trialwatch history {trial}",
            subject=trial,
        )
    return (links.history if history else links.results if results else "") or links.page


def _has_browser() -> bool:
    """Return whether a browser may open. A text browser would take this terminal, so only BROWSER can choose one."""
    if sys.platform == "darwin":
        return True
    return any(os.environ.get(name) for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"))


def _opened(address: str) -> bool:
    with suppress(webbrowser.Error, OSError):
        return webbrowser.open(address)
    return False
