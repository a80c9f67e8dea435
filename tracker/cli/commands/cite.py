"""cite: print a citation of one version of a trial's record."""

from __future__ import annotations

import sys
from typing import Annotated

import msgspec
import typer

from tracker.cli.loaded_settings import settings
from tracker.cli.render.output import Answer, Format, Output, emit
from tracker.cli.typed.arguments import OneTrial, storable
from tracker.context.clock_of import clock_of
from tracker.context.open_store import read_store
from tracker.services.typed.choices import check_choice
from tracker.services.typed.trial_ids import trial_id
from tracker.services.typed.version_choice import version_choice
from tracker.services.versions.cite import cite

__all__ = ["command"]

FORMS = ("text", "bibtex")


def command(
    id_: OneTrial,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="The version of this day; of 2024-06 or 2024, of its last day."),
    ] = None,
    version: Annotated[
        int | None,
        typer.Option(
            "--version", metavar="N", help="Cite version N. All versions: trialwatch history ID", callback=storable
        ),
    ] = None,
    form: Annotated[str, typer.Option("--format", metavar="text|bibtex", help="What to print.")] = "text",
    output: Output = None,
) -> None:
    """Print a citation of one stored version: who registered what, where, and when it said so.

    The address leads to this very version where the registry has a page for it, else to the page of the record. The
    day of access is the day Trialwatch first held the version, and the SHA-256 is that of its document.

    Without -o, the citation is printed as it is, also in a pipe. -o json has the text, the BibTeX entry, and their
    parts.

    \b
    Example:  trialwatch cite NCT05349331 --as-of 2024-06-01
              trialwatch cite NCT05349331 --version 6 --format bibtex >> references.bib
    """
    check_choice("--format", form, FORMS)
    loaded = settings()
    clock = clock_of(loaded)
    choice = version_choice(version, as_of, "registry", clock.now())
    trial = trial_id(id_)
    with read_store(loaded, clock) as session:
        document = msgspec.to_builtins(cite(session, trial, choice))
    answer = Answer(document, "", tuple(document), table=lambda: _print(document[form]))
    emit(answer, output or Format.TABLE)


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
