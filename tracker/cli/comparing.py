"""compare: what another place says of a trial, beside its registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.common import known_trial, settings
from tracker.cli.output import Answer, Output, emit

if TYPE_CHECKING:
    from tracker.services.compare import Beside

__all__ = ["add_to"]

Trial = Annotated[str, typer.Argument(metavar="ID", help="A trial id such as NCT05349331.")]


def add_to(app: typer.Typer) -> None:
    app.command("compare", short_help="Set a saved page beside the registry.")(compare)


def compare(id_: Trial, output: Output = None) -> None:
    """Set what a saved page says of a trial beside what its registry says, and name the differences and the page's age.

    Pages come by: trialwatch import page.html (or page.txt). The newest is compared, with the current record, in what
    the page speaks of.

    \b
    Example:  trialwatch compare NCT05349331
    """
    from tracker.context.open_store import clock_of, open_store
    from tracker.services.compare import beside

    loaded = settings()
    clock = clock_of(loaded)
    with open_store(loaded, clock) as database, database.read() as session:
        trial = known_trial(session, id_, pages=True)
        found = beside(session, trial, clock.now().date())
    document = _document(trial, found)
    columns = ("field", "label", "registry", "page")
    emit(Answer(document, "fields", columns, table=lambda: _table(document)), output)


def _document(trial: str, found: Beside) -> dict[str, Any]:
    from tracker.changes.fields import field_of
    from tracker.recording.row_mapping import instant_out

    return {
        "trial": trial,
        "registry": {
            "version": found.registry.version,
            "effective": found.registry.effective,
            "observed_at": instant_out(found.registry.observed_at),
        },
        "page": {
            "version": found.page.version,
            "last_updated": found.page.effective if found.page.effective_basis == "page" else None,
            "imported_at": instant_out(found.page.observed_at),
            "age_days": found.age,
            "behind_days": found.behind,
        },
        "agreeing": found.agreeing,
        "fields": [
            {"field": it.field, "label": field_of(it.path).label, "registry": it.before, "page": it.after}
            for it in found.differing
        ],
    }


def _table(document: dict[str, Any]) -> None:
    from rich.text import Text

    from tracker.changes.wording.values import field_words
    from tracker.changes.wording.words import count_of
    from tracker.cli.output import Column
    from tracker.cli.table import print_table
    from tracker.cli.terminal import console
    from tracker.records.clean import clean

    out = console()
    out.print(Text(clean(f"{document['trial']}: {_age(document['page'])}"), style="bold"))
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
    from tracker.changes.wording.values import values_apart

    return values_apart(row["field"], row["registry"], row["page"], 300)


def _age(page: dict[str, Any]) -> str:
    from tracker.changes.wording.words import count_of

    if page["last_updated"] is None:
        return "a page that does not say how old it is"
    text = f"a page of {page['last_updated']}, {count_of(page['age_days'], 'day')} old"
    behind = page["behind_days"]
    return f"{text}, {count_of(behind, 'day')} behind the registry" if behind and behind > 0 else text
