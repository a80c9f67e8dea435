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

    \b
    Example:  trialwatch tokens revoke laptop
    """
    gone = revoke_token(settings().token_file, name)
    row = {"name": gone.name, "opens": gone.scope.value}
    emit(
        Answer({"revoked": row}, "revoked", ("name", "opens"), table=lambda: note(f"The token {gone.name} has ended.")),
        output,
    )
