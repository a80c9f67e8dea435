"""The config file, and the tokens of the pages: what `config`, `init`, `alerts add` and `tokens` print."""

from __future__ import annotations

from typing import Annotated, Any

from tracker.api.alerts import Mistake, TestedChannel
from tracker.api.base import Instant, Shape, described

__all__ = [
    "Added",
    "AddedChannel",
    "Begun",
    "Changed",
    "Checked",
    "ConfigCheck",
    "Setting",
    "Settings",
    "Started",
    "TokenAdded",
    "TokenRevoked",
    "Tokens",
]


class Setting(Shape, frozen=True):
    """One setting and its value now."""

    key: Annotated[str, described("As `config set` takes it: `http.contact`, `channel.me.to`.")]
    value: Annotated[Any, described("Null if it is not set. Addresses are shown without passwords and tokens.")]
    source: Annotated[str, described("default, file, or the environment variable that gives it.")]


class Settings(Shape, frozen=True):
    """`config show`."""

    settings: list[Setting]


class ConfigCheck(Shape, frozen=True):
    """What is wrong with the config file."""

    file: Annotated[str, described("Its path, whether it exists or not.")]
    exists: bool
    mistakes: list[Mistake]


class Checked(Shape, frozen=True):
    """`config check`."""

    check: ConfigCheck


class Changed(Shape, frozen=True):
    """`config set`."""

    setting: Setting


class AddedChannel(Shape, frozen=True):
    """`alerts add`."""

    channel: Annotated[str, described("Its name.")]
    type: str
    does: Annotated[str, described("What it sends, and where to.")]
    rule: Annotated[str | None, described("The rule that was added for it.")]
    file: str
    secret_file: Annotated[str | None, described("The file with its secret.")]
    added: Annotated[bool, described("False if a channel to this address was there already.")]
    sample: Annotated[TestedChannel | None, described("What came of the sample message. Null if none was sent.")]
    problem: Annotated[str | None, described("Why the sample did not arrive.")]


class Added(Shape, frozen=True):
    """`alerts add`."""

    added: AddedChannel


class Begun(Shape, frozen=True):
    """`init`."""

    file: str
    trials: Annotated[list[str], described("The trials that are watched now.")]
    channel: AddedChannel | None
    run: Annotated[str, described("user-service, cron or by-hand.")]
    running: Annotated[bool, described("True if it runs by itself from now on.")]
    run_file: Annotated[str | None, described("The file of the service.")]
    next_check: Instant | None


class Started(Shape, frozen=True):
    """`init`."""

    init: Begun


_OPENS = described("all: pages and API. feeds: feeds and the calendar.")


class ListedToken(Shape, frozen=True):
    """A token, without the token itself."""

    name: str
    opens: Annotated[str, _OPENS]


class MadeToken(Shape, frozen=True):
    """A token that was just made."""

    name: str
    opens: Annotated[str, _OPENS]
    token: Annotated[str, described("Shown this once. Only its hash is stored.")]


class TokenAdded(Shape, frozen=True):
    """`tokens add`."""

    token: MadeToken


class Tokens(Shape, frozen=True):
    """`tokens list`."""

    tokens: list[ListedToken]


class TokenRevoked(Shape, frozen=True):
    """`tokens revoke`: the token that ended."""

    revoked: ListedToken
