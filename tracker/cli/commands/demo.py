"""demo: play the whole story without network and configuration."""

from __future__ import annotations

import shlex
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import msgspec
import orjson
import typer
from msgspec.structs import replace
from rich.console import Console
from rich.text import Text

from schedules.clock import FileClock
from storage.integrity.verify import verify
from storage.reads.in_session import SessionReader
from storage.values.severity import Severity
from storage.versions.history import ChangeFilter
from tracker.api.changes import ChangeObject
from tracker.changes.wording.days import day_words
from tracker.changes.wording.words import count_of
from tracker.cli.loaded_settings import settings
from tracker.cli.render.local_time import times_in
from tracker.cli.render.output import note
from tracker.cli.render.progress_bar import progress
from tracker.cli.render.tables.change_table import print_changes
from tracker.cli.render.tables.severity_styles import SEVERITY_STYLES
from tracker.cli.render.tables.similar_table import print_similar
from tracker.cli.render.tables.version_table import print_versions
from tracker.cli.render.terminal import console, hanging
from tracker.cli.typed.given_options import only_with
from tracker.config.settings import WebSettings
from tracker.context.clock_of import clock_of
from tracker.context.open_door import open_door, opened
from tracker.context.open_store import open_store, read_store
from tracker.demo.replay import CLOCK, Day, late, replay, settings_for, shown_settings
from tracker.demo.story import SEED, STORY
from tracker.errors import UsageError
from tracker.records.clean import clean
from tracker.services.changes.changes import ChangesRequest, changes
from tracker.services.versions.version_list import versions_of

__all__ = ["command"]

MARKED = {
    "results.submitted": "RESULTS SUBMITTED",
    "results.returned": "RESULTS SENT BACK",
    "results.posted": "RESULTS POSTED",
    "results.measure_changed": "RESULTS CORRECTED",
}


_KEEP = Annotated[
    Path | None, typer.Option("--keep", metavar="FOLDER", help="Keep the demo's store here, to look around in it.")
]
_SERVE = Annotated[bool, typer.Option("--serve", help="Show the story as pages for a browser. Ctrl-C ends it.")]
_PORT = Annotated[
    int | None,
    typer.Option("--port", min=0, max=65_535, metavar="PORT", help="With --serve; 0 for any. Default: 8344."),
]


def command(keep: _KEEP = None, serve: _SERVE = False, port: _PORT = None) -> None:
    """Tell the story of NCT05349331 with a built-in registry, from registration to posted results.

    It needs no network and no configuration, and touches nothing of yours.

    \b
    Example:  trialwatch demo
              trialwatch demo --serve
              trialwatch demo --keep /tmp/demo && trialwatch demo --keep /tmp/demo --serve
    """
    only_with("--serve", serve, port=port)
    at = WebSettings().port if port is None else port
    if keep is not None:
        kept = keep / CLOCK
        if serve and kept.exists():
            _serve(keep, at)
            return
        if keep.exists() and any(keep.iterdir()):
            raise UsageError(f"{keep} is not empty; name a new folder", subject=str(keep))
        _play(keep, serve, at, is_kept=True)
        return
    with TemporaryDirectory(prefix="trialwatch-demo-") as folder:
        _play(Path(folder), serve, at, is_kept=False)


def _play(home: Path, serve: bool, port: int, *, is_kept: bool) -> None:
    if not serve:
        _tell(home)
        if is_kept:
            place = shlex.quote(str(home))
            variables = f"TRIALWATCH_HOME={place} TRIALWATCH_TEST_CLOCK={place}/{CLOCK}"
            place_of_store = Text(
                f"\nTo look around in its store, on the story's last day:  {variables} trialwatch list"
            )
            hanging(console(), "", place_of_store)
        return
    with progress() as tell:
        days = STORY.days()
        for done, _ in enumerate(replay(STORY, home)):
            tell("Five years pass", done, len(days))
    _serve(home, port)


def _serve(home: Path, port: int) -> None:
    """Show the store of a story that was told, with the story's own clock: its days lie in the future."""
    from tracker.daemon.log import Log  # noqa: PLC0415  (the server costs half a second, and most demos want none)
    from tracker.web.server import open_site, serve_here  # noqa: PLC0415

    shown = replace(shown_settings(home), web=WebSettings(port=port))
    clock = FileClock(home / CLOCK)
    with open_store(shown, clock) as store, open_site(shown, clock, Log(clock), is_demo=True) as site:
        day = day_words(clock.now().date().isoformat())
        serve_here(site, store, lambda url: note(f"Open {url} in a browser. It is {day} there. To stop: Ctrl-C"))


def _tell(home: Path) -> None:
    with times_in(UTC):
        _tell_in_utc(home)


def _tell_in_utc(home: Path) -> None:
    out = console()
    _introduce(out, len(STORY.facts) - 1)
    days = requests = 0
    arrived: list[Day] = []
    for day in replay(STORY, home):
        _print_day(out, day)
        days, requests = days + 1, requests + day.requests
        arrived += [day] if day.hooks and day.mails else []
    # The last two: the day of posting, and the correction a month later.
    posting, correction = arrived[-2:]
    _print_hook(out, posting)
    _print_mail(out, posting)
    _print_mail(out, correction)
    _conclude(out, home, SEED)
    _tell_late(out)
    asked = f"{count_of(days, 'look')} cost {count_of(requests, 'request')}"
    out.print(f"\n{asked}. The same on the live registry:  trialwatch watch {SEED} && trialwatch poll")
    out.print("The same as pages for a browser:  trialwatch demo --serve")


def _print_hook(out: Console, day: Day) -> None:
    """Print a day's last webhook, as it arrived."""
    hook = day.hooks[-1]
    out.print(f"\nWhat a program got on {day.day}, over a signed webhook", style="bold")
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
        out.print(f"  {name}: {hook.headers[name]}")
    out.print(f"  The receiver checked the signature: {'right' if hook.verified else 'WRONG'}", style="green")
    hanging(out, "  ", Text(_some(hook.body)))


def _print_mail(out: Console, day: Day) -> None:
    """Print a day's last mail, as it arrived."""
    mail = day.mails[-1]
    out.print(f"\nWhat a person got on {day.day}, by mail (its text part; there is an HTML part too)", style="bold")
    for name in ("From", "To", "Subject", "Message-ID"):
        hanging(out, f"  {name}: ", Text(clean(str(mail[name]))))
    text = mail.get_body(("plain",))
    for line in str(text.get_content()).splitlines() if text else ():
        hanging(out, "  | ", Text(clean(line)))


def _some(body: bytes) -> str:
    """Return a webhook's body without its longest parts, because the mail below has them."""
    document = orjson.loads(body)
    data = document["data"]
    data["fields"] = f"... {len(data['fields'])} fields"
    if "reported" in data:
        data["reported"] = f"... {count_of(len(data['reported']['measures']), 'primary outcome')} with its values"
    return orjson.dumps(document).decode()


def _tell_late(out: Console) -> None:
    """Show the same trial for a person who starts only now. The years before come from the registry's own history."""
    with TemporaryDirectory(prefix="trialwatch-demo-") as folder:
        found = late(STORY, Path(folder))
    shown = [change for change in found.changes if change["severity"] != Severity.ADMIN]
    out.print(f"\nHad you begun only on {found.day}", style="bold")
    out.print(
        f"  trialwatch watch {SEED}   fetches its past from the registry's own history, "
        f"{count_of(found.requests, 'request')} in all; nobody is alerted of it."
    )
    print_changes(sorted(shown, key=lambda change: str(change["effective"])), {})
    out.print("\nIts versions then", style="bold")
    print_versions(found.versions)
    out.print(f"\nThe trials most like it there, and why: trialwatch similar {SEED} --why", style="bold")
    print_similar(found.alike)


def _introduce(out: Console, neighbours: int) -> None:
    out.print(Text("Trialwatch demo", style="bold"))
    out.print(
        f"A registry of {neighbours + 1} trials runs on this machine: NCT05349331, whose page says that results are "
        f"pending, and {neighbours} liver-cancer trials near it. Days pass; Trialwatch looks at each of them. Of the "
        "results of NCT05349331 it tells a program, by webhook, and a person, by mail."
    )
    out.print(
        "Facts are those of the public records, in our own words. What is marked * is invented for this story, and "
        "so is everything about NCT05349331 after 2026-01-15.",
        style="yellow",
    )
    out.print()


def _print_day(out: Console, day: Day) -> None:
    shown = [change for change in day.changes if change["severity"] != Severity.ADMIN]
    first = [change for change in shown if change["kind"] == "trial.first_seen"]
    changes = [change for change in shown if change["kind"] != "trial.first_seen"]
    invented = {trial for trial, _, made_up in day.notes if made_up}
    out.print(Text(day.day.isoformat(), style="bold cyan"), end="  ")
    if not shown:
        reason = day.notes[0][1] if day.notes else "a quiet day"
        out.print(Text(f"nothing to tell ({reason})", style="dim"))
        return
    out.print(Text(_counted(len(changes), len(first)), style="dim"))
    for change in first:
        out.print(Text(f"    {change['trial']}  {change['summary']}", style="dim"))
    for change in changes:
        _print_change(out, change, change["trial"] in invented)
    for hook, mail in zip(day.hooks, day.mails, strict=True):
        signature = "signature right" if hook.verified else "SIGNATURE WRONG"
        out.print(Text(f"    told by webhook {hook.headers['webhook-id']} ({signature})", style="green"))
        hanging(out, Text("    and by mail: ", style="green"), Text(clean(str(mail["Subject"])), style="green"))


def _counted(changes: int, first: int) -> str:
    parts = [count_of(changes, "change")] if changes else []
    parts += [f"{count_of(first, 'trial')} seen for the first time"] if first else []
    return ", ".join(parts)


def _print_change(out: Console, change: ChangeObject, invented: bool) -> None:
    style = SEVERITY_STYLES[change["severity"]]
    lead = Text(f"  {'*' if invented else ' '} {change['trial']}  ").append(f"{change['severity']:<8}  ", style=style)
    hanging(out, lead, Text(clean(change["summary"]), style=style))
    if change["trial"] == "NCT05349331" and change["kind"] in MARKED:
        out.print(Text(f"    >>> {MARKED[change['kind']]}: {change['effective']} <<<", style="bold reverse"))


def _conclude(out: Console, home: Path, seed: str) -> None:
    wanted = ChangesRequest(
        trials=[seed], filter=ChangeFilter(severities=(Severity.MINOR, Severity.MAJOR, Severity.CRITICAL))
    )
    kept, clock = settings_for(home, "http://127.0.0.1"), clock_of(settings())
    with open_door(kept, clock) as door:
        found = changes(door, lambda: opened(kept, clock), wanted)
    with read_store(kept, clock) as session:
        versions = versions_of(SessionReader(session), seed)
        broken = len(list(verify(session)))
    out.print()
    out.print(f"What happened to {seed}", style="bold")
    print_changes(msgspec.to_builtins(found.changes), {})
    out.print(
        f"\nIts versions, as they are kept ({'every hash verified' if not broken else f'{broken} broken'})",
        style="bold",
    )
    print_versions(versions)
