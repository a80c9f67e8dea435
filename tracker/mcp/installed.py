"""Load the server of assistants, or say how to install what it needs."""

from __future__ import annotations

from types import ModuleType

from tracker.config.extras import install_extra
from tracker.errors import SettingsError

__all__ = ["NotInstalled", "assistant_server"]


class NotInstalled(SettingsError):
    """The SDK is not there."""


def assistant_server() -> ModuleType:
    """Return the module of the server. Raise NotInstalled without the extra `mcp`."""
    try:
        from tracker.mcp import assistant_server as found  # noqa: PLC0415  (an extra of 21 MB, a second to load)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in ("mcp", "mcp_types"):
            raise
        raise NotInstalled(
            "Assistants are answered by the MCP SDK, which is not installed. In the folder of Trialwatch's source: "
            f"{install_extra('mcp')}",
            subject="mcp",
        ) from error
    return found
