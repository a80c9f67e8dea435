"""compare: compare a saved page with the registry's record."""

from __future__ import annotations

from typing import Any

import msgspec
from rich.text import Text

from storage.reads.in_session import SessionReader
from tracker.changes.wording.values import field_words, values_apart
from tracker.changes.wording.words import count_of
from tracker.cli.loaded_settings import settings
from tracker.cli.render.column import Column
from tracker.cli.render.output import Answer, Output, emit
from tracker.cli.render.page import print_heading
from tracker.cli.render.table import print_table
from tracker.cli.render.terminal import console
from tracker.cli.render.trial_heading import trial_heading
from tracker.cli.typed.arguments import OneTrial
from tracker.context.clock_of import clock_of
from tracker.context.open_store import read_store
from tracker.records.clean import clean
from tracker.services.changes.compare import compare_page
from tracker.services.titles import titles_of
from tracker.services.typed.trial_ids import trial_id

__all__ = ["command"]


def command(id_: OneTrial, output: Output = None) -> None:
    """Compare what a saved page says about a trial with its registry's record. Show the differences and the page's age.

    To add a page, use: trialwatch import page.html (or page.txt). The newest page is compared with the current record,
    in everything that the page mentions.

    \b
    Example:  trialwatch compare NCT05349331
    """
    loaded = settings()
    clock = clock_of(loaded)
    with read_store(loaded, clock) as session:
        document = msgspec.to_builtins(compare_page(session, trial_id(id_), clock.now().date()))
        title = titles_of(SessionReader(session), [document["trial"]]).get(document["trial"])
    columns = ("field", "label", "registry", "page")
    emit(Answer(document, "fields", columns, table=lambda: _table(document, title)), output, pager=True)


def _table(document: dict[str, Any], title: str | None) -> None:
    out = console()
    print_heading(trial_heading(document["trial"], title))
    out.print(Text(clean(_age(document["page"]))))
    agreeing = f"{count_of(document['agreeing'], 'value')} of the page agree with the registry"
    if not document["fields"]:
        out.print(f"{agreeing}; none differs.")
        return
    out.print(f"{agreeing}; {count_of(len(document['fields']), 'field')} differ:")
    columns = (
        Column("field", "Field", lambda row: field_words(row["field"], row["label"]), room=2),
        Column("registry", "Registry", lambda row: _sides(row)[0], room=2),
        Column("page", "Page", lambda row: _sides(row)[1], room=2),
    )
    print_table(columns, document["fields"])


def _sides(row: Any) -> tuple[str, str]:
    return values_apart(row["field"], row["registry"], row["page"], 300)


def _age(page: dict[str, Any]) -> str:
    if page["last_updated"] is None:
        return "a page that does not say how old it is"
    text = f"a page of {page['last_updated']}, {count_of(page['age_days'], 'day')} old"
    behind = page["behind_days"]
    return f"{text}, {count_of(behind, 'day')} behind the registry" if behind and behind > 0 else text
