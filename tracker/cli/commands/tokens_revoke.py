"""tokens revoke: end a token."""

from __future__ import annotations

from typing import Annotated

import typer

from tracker.cli.loaded_settings import settings
from tracker.cli.render.output import Answer, Output, emit, note
from tracker.web.access.tokens import revoke_token

__all__ = ["command"]


def command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As in: trialwatch tokens list")], output: Output = None
) -> None:
    """End a token at once. A running server refuses it from the next request on.

    After the last one a running server lets in no one until you make another. A server that is started then, on this
    machine's own address, needs no token.

    \b
    Example:  trialwatch tokens revoke laptop
    """
    gone = revoke_token(settings().token_file, name)
    if gone.was_last:
        note(_LAST)
    row = {"name": gone.name, "opens": gone.scope.value}
    emit(
        Answer({"revoked": row}, "revoked", ("name", "opens"), table=lambda: note(f"The token {gone.name} has ended.")),
        output,
    )


_LAST = (
    "No token for pages and API is left. A server that runs now lets in no one until you make one: trialwatch tokens "
    "add NAME. A server that you start now on this machine's own address asks for no token, also behind a proxy."
)
