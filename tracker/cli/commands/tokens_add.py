"""tokens add: make a token for the pages and the API, or for feeds."""

from __future__ import annotations

from typing import Annotated

import typer

from tracker.cli.loaded_settings import settings
from tracker.cli.render.output import Answer, Output, emit, note
from tracker.cli.render.terminal import console
from tracker.web.access.tokens import Scope, add_token

__all__ = ["command"]


def command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name of your choice, such as laptop.")],
    feeds: Annotated[bool, typer.Option("--feeds", help="For the addresses of feeds and the calendar only.")] = False,
    output: Output = None,
) -> None:
    """Make a token, and show it once. Only its hash is stored.

    As soon as there is a token, pages and API need one, on this machine too. A browser asks for it. A program sends it
    in the header Authorization: Bearer TOKEN. Feed readers and calendars cannot, so they get a token of their own
    (--feeds) in the address: /feeds/changes.atom?token=TOKEN

    \b
    Example:  trialwatch tokens add laptop
              trialwatch tokens add reader --feeds
    """
    made = add_token(settings().token_file, name, Scope.FEEDS if feeds else Scope.ALL)
    row = {"name": made.name, "opens": made.scope.value, "token": made.secret}

    def shown() -> None:
        console().print(made.secret, markup=False, highlight=False, soft_wrap=True)
        note(f"This is the token {made.name}. It is not shown again. To end it: trialwatch tokens revoke {made.name}")

    emit(Answer({"token": row}, "token", ("name", "opens", "token"), table=shown), output)
