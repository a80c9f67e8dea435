"""evidence: bundle a change with both records."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tracker.cli.loaded_settings import settings
from tracker.cli.render.output import Answer, Output, emit
from tracker.cli.render.terminal import console
from tracker.cli.typed.arguments import Force, storable
from tracker.cli.typed.file_targets import file_to_write
from tracker.context.open_store import read_store
from tracker.services.export.evidence import write_evidence

__all__ = ["command"]


def command(
    seq: Annotated[
        int,
        typer.Argument(metavar="SEQ", help="A change: its No. in trialwatch changes, or seq.", callback=storable),
    ],
    to: Annotated[Path, typer.Option("--to", metavar="FILE", parser=file_to_write, help="The zip file to write.")],
    force: Force = False,
    output: Output = None,
) -> None:
    """Save one change as proof: a zip file with both raw records, their hashes, addresses and times.

    The number of a change is in the first column (No.) of: trialwatch changes. In JSON and csv it is seq.

    \b
    Example:  trialwatch evidence 73 --to change-73.zip
    """
    with read_store(settings()) as session:
        manifest = write_evidence(session, seq, to, force=force)
    change = manifest["change"]
    about = {"file": str(to), "seq": seq, "trial": change["trial"], "kind": change["kind"]}
    emit(Answer({"evidence": about}, "evidence", tuple(about), table=lambda: _say(about)), output)


def _say(about: dict[str, Any]) -> None:
    console().print(f"{about['file']}: change {about['seq']} of {about['trial']}, {about['kind']}.")
