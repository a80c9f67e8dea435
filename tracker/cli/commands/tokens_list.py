"""tokens list: the tokens there are, without the tokens themselves."""

from __future__ import annotations

from tracker.cli.loaded_settings import settings
from tracker.cli.render.column import Column
from tracker.cli.render.output import Answer, Output, emit
from tracker.web.access.tokens import TokenFile

__all__ = ["command"]


def command(output: Output = None) -> None:
    """List the tokens by name, and what each opens: all (pages and API), or feeds.

    \b
    Example:  trialwatch tokens list
    """
    rows = [{"name": it.name, "opens": it.scope.value} for it in TokenFile(settings().token_file).tokens()]
    columns = (Column("name", "Name"), Column("opens", "Opens"))
    empty = "There is no token. Only this machine may read the pages. To make one: trialwatch tokens add NAME"
    emit(Answer({"tokens": rows}, "tokens", ("name", "opens"), columns, empty=empty), output)
