"""Every action by the address that its form is sent to.

Each has a module, imported with its first use: the pages alone need no poll and no channel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType

from tracker.web.actions.action import Action

__all__ = ["LISTED", "ActionOf"]

ActionOf = Callable[[], Action]


def _action(module: str, name: str) -> ActionOf:
    def found() -> Action:
        action: Action = getattr(import_module(f"tracker.web.actions.{module}"), name)
        return action

    return found


LISTED: Mapping[str, ActionOf] = MappingProxyType(
    {
        "/do/watch": _action("trials", "WATCH"),
        "/do/unwatch": _action("trials", "UNWATCH"),
        "/do/tag": _action("trials", "TAG"),
        "/do/untag": _action("trials", "UNTAG"),
        "/do/note": _action("trials", "NOTE"),
        "/do/mute": _action("alerts", "MUTE"),
        "/do/unmute": _action("alerts", "UNMUTE"),
        "/do/retry": _action("alerts", "RETRY"),
        "/do/look": _action("polls", "LOOK"),
        "/do/accept": _action("polls", "ACCEPT"),
        "/do/seen": _action("seen", "SEEN"),
        "/do/init": _action("beginning", "INIT"),
    }
)
