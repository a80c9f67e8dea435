"""config show: show every setting and where its value comes from."""

from __future__ import annotations

from typing import Any

import msgspec

from tracker.cli.loaded_settings import checked
from tracker.cli.render.column import Column
from tracker.cli.render.output import Answer, Output, emit
from tracker.services.config.show import settings_now

__all__ = ["command"]


def command(output: Output = None) -> None:
    """Show every setting with its value now, and where the value comes from. Secrets are not shown.

    \b
    Example:  trialwatch config show
    """
    rows = msgspec.to_builtins(settings_now(checked()))
    columns = (
        Column("key", "Setting"),
        Column("value", "Value", _value, room=1),
        Column("source", "From"),
    )
    emit(Answer({"settings": rows}, "settings", ("key", "value", "source"), columns), output)


def _value(row: Any) -> str:
    value = row["value"]
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
