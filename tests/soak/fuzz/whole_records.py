"""Spoiled records through the real program: watch, poll, show, changes, export, and mail to a real server.

    python -m tests.soak.fuzz.whole_records [SECONDS]        search, with new seeds (default 600 seconds)
    python -m tests.soak.fuzz.whole_records --seed N         one life again, as it was

One life: a registry with sane trials and others that are about to be spoiled. All are watched sanely. Then, day after
day, the others are spoiled (see `spoiling`) while a few sane ones are edited, the program polls, and every command that
shows a record is run. At the end all is sane again. What counts as found: a traceback or "a fault of Trialwatch" in any
output; an exit code no record should cause; a sane trial that was not read, or whose edit was not told by command and
by mail; output that is no JSON, no table of equal rows, or that a terminal would obey; a mail with a defect; a record
that stays aside after it was mended; a store that does not verify.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import orjson

from tests.soak.fuzz.mutations import DATA, Document, own_records
from tests.soak.fuzz.spoiling import as_bytes, spoiled
from tests.support.channels.alert_harness import mail, rule
from tests.support.channels.smtp_sink import Mail, Mailbox
from tests.support.program.program import Program, Run
from tests.support.registry.embedded_registry import RegistryServer, Reply, Request
from tests.support.store import postgres

__all__ = ["Life", "base_records", "live"]

START = datetime(2026, 12, 1, 15, tzinfo=UTC)
EDITED_A_DAY = 3
MOST_DAYS_HELD = 3
NO_REPORT: dict[str, Any] = {"outcome": "unreadable", "quarantined": [], "failed": [], "held": []}
csv.field_size_limit(2**30)
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal would obey, or no text should hold."""
FAULT = re.compile(r"Traceback|fault of Trialwatch|internal error|Unhandled", re.IGNORECASE)
SHOWN: tuple[tuple[str, ...], ...] = (
    ("show", "ID", "-o", "csv"),
    ("show", "ID", "--raw"),
    ("show", "ID", "--version", "1"),
    ("history", "ID", "-o", "table"),
    ("history", "ID", "--field", "title.brief", "-o", "json"),
    ("diff", "ID", "-o", "table"),
    ("diff", "ID", "-o", "json"),
    ("results", "ID", "-o", "table"),
    ("changes", "ID", "--explain", "-o", "table"),
)
ASKED: tuple[tuple[str, ...], ...] = (
    ("changes", "-o", "table"),
    ("changes", "--explain", "-o", "table"),
    ("changes", "--explain", "-o", "json"),
    ("changes", "-o", "jsonl"),
    ("changes", "-o", "csv"),
    ("list", "-o", "table"),
    ("list", "-o", "json"),
    ("results", "-o", "json"),
    ("results", "--by", "sponsor", "-o", "table"),
    ("alerts", "outbox", "-o", "table"),
)
EXPORTED = [(what, form) for what in ("changes", "versions", "trials") for form in ("csv", "jsonl")]


def base_records(rng: random.Random, count: int, *, real: bool = True) -> list[Document]:
    """Sane records of `count` trials: some of our own, and real ones if wanted, where the optional folder is."""
    files = {path.name[:11]: path for path in sorted(DATA.glob("*.json"))} if real and DATA.is_dir() else {}
    names = rng.sample(sorted(files), min(len(files), count * 3 // 4))
    found = [orjson.loads(files[name].read_bytes()) for name in names]
    own = own_records()
    while len(found) < count:
        record = json.loads(as_bytes(own[len(found) % len(own)]))
        record["protocolSection"]["identificationModule"] |= {"nctId": f"NCT9{len(found):07d}", "nctIdAliases": []}
        record["protocolSection"]["descriptionModule"]["briefSummary"] = f"Bedtime {rng.random()} helps."
        found.append(record)
    return found


def trial_of(record: Document) -> str:
    return str(record["protocolSection"]["identificationModule"]["nctId"])


class Registry(RegistryServer):
    """Serves `bodies` by the id they are asked for, whatever id they claim."""

    def __init__(self) -> None:
        super().__init__(faults=self._served)
        self.bodies: dict[str, bytes] = {}

    def _served(self, request: Request) -> Reply | None:
        trial = request.path.removeprefix("/api/v2/studies/")
        if trial in self.bodies:
            return Reply(200, self.bodies[trial], "application/json")
        if request.path != "/api/v2/studies" or "filter.ids" not in request.query:
            return None
        asked = [trial for trial in sorted(self.bodies) if trial in request.ids]
        start = int(request.query.get("pageToken", "t0").removeprefix("t"))
        end = start + int(request.query.get("pageSize", "10"))
        more = f',"nextPageToken":"t{end}"' if end < len(asked) else ""
        some = b",".join(self.bodies[trial] for trial in asked[start:end])
        page = b'{"totalCount":%d,"studies":[%b]%b}' % (len(asked), some, more.encode())
        return Reply(200, page, "application/json")


class Marks(HTMLParser):
    """Which elements a page has, and which of its attributes act."""

    def __init__(self) -> None:
        super().__init__()
        self.acting: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "img", "iframe", "object", "form", "base", "svg"):
            self.acting.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or (name in ("href", "src") and not re.match("https?:|mailto:", value or "")):
                self.acting.append(f"<{tag} {name}={value}>")


class Life:
    """One registry, one program, one mailbox. `found`: what went wrong, each with what had been done before."""

    def __init__(self, program: Program, registry: Registry, box: Mailbox, records: Sequence[Document], seed: int):
        self.program, self.registry, self.box = program, registry, box
        self.rng = random.Random(seed)
        self.sane = {trial_of(record): record for record in records}
        self.spoilt = self.rng.sample(sorted(self.sane), len(self.sane) // 4)
        self.neighbours = [trial for trial in sorted(self.sane) if trial not in self.spoilt]
        self.mutants: dict[str, Document] = {}
        self.done: dict[str, list[str]] = {}
        self.day = START
        self.seq = 0
        self.mails = 0
        self.commands = self.spoils = self.refusals = 0
        self.slowest: tuple[float, str] = (0.0, "")
        self.found: list[str] = []

    # -- the registry's side

    def dawn(self) -> None:
        """The next data set: every record is stamped and served."""
        self.day += timedelta(days=1)
        self.program.clock.write_text(self.day.isoformat())
        self.registry.data_timestamp = f"{self.day.date()}T09:00:05"
        for trial, record in self.sane.items():
            record.setdefault("derivedSection", {}).setdefault("miscInfoModule", {})["versionHolder"] = self.today
            self.registry.bodies[trial] = as_bytes(self.mutants.get(trial, record))

    @property
    def today(self) -> str:
        return self.day.date().isoformat()

    def spoil(self) -> None:
        """Most become new mutants of the sane record, some are spoiled further, some are mended."""
        for trial in self.spoilt:
            fate = self.rng.random()
            before = self.mutants.get(trial) if fate < 0.2 else self.sane[trial]
            if fate > 0.9:
                self.mutants.pop(trial, None)
            else:
                donor = self.sane[self.rng.choice(sorted(self.sane))]
                self.mutants[trial], self.done[trial] = spoiled(before or self.sane[trial], donor, self.rng)
                self.spoils += 1

    def edit(self) -> dict[str, str]:
        """A few neighbours get a new title today. Trial -> title."""
        new = {trial: f"Title of {self.today} for {trial}" for trial in self.rng.sample(self.neighbours, EDITED_A_DAY)}
        for trial, title in new.items():
            self.sane[trial]["protocolSection"]["identificationModule"]["briefTitle"] = title
        return new

    # -- the program's side

    def run(self, *words: str, codes: tuple[int, ...] = (0,)) -> Run:
        """One command, looked at from all sides that are the same for every command."""
        begun = time.monotonic()
        self.commands += 1
        try:
            run = self.program.run(*words, expect=None)
        except AssertionError as error:
            run = Run(codes[0], "", "")
            self.tell(words, str(error)[-1500:])
        self.slowest = max(self.slowest, (time.monotonic() - begun, " ".join(words)))
        if run.code not in codes:
            self.tell(words, f"exit code {run.code}: {run.out[-300:]} {run.err[-600:]}")
        if fault := FAULT.search(run.out + run.err):
            text = run.out + run.err
            self.tell(words, text[max(0, fault.start() - 300) : fault.end() + 300])
        if obeyed := OBEYED.search(run.out) or OBEYED.search(run.err):
            self.tell(words, f"the output holds {obeyed[0]!r}")
        return run

    def json(self, *words: str, codes: tuple[int, ...] = (0,)) -> Any:
        return self.read(words, self.run(*words, "-o", "json", codes=codes).out, json.loads)

    def read(self, words: Sequence[str], text: str, reader: Callable[[str], Any]) -> Any:
        """What the reader makes of an output; an empty object when it cannot read it."""
        try:
            return reader(text)
        except (ValueError, csv.Error) as error:
            self.tell(words, f"{error!r} for {text[:200]!r}")
            return {}

    def tell(self, words: Sequence[str], what: str) -> None:
        trial = next((word for word in words if word in self.done), "")
        done = {trial: self.done[trial]} if trial else self.done
        self.found.append(f"{self.today} {' '.join(words)}: {what}\n      after {str(done)[:2000]}")

    def poll(self) -> dict[str, Any]:
        """Until it is not held: what newer data confirm is believed. Only the spoiled may be in trouble."""
        for _ in range(MOST_DAYS_HELD):
            self.dawn()
            report: dict[str, Any] = self.json("poll", codes=(0, 3)).get("poll", NO_REPORT)
            for row in [*report["quarantined"], *report["failed"]]:
                if row["trial"] in self.neighbours:  # a record that lost its number is nobody's
                    self.tell(("poll",), f"a neighbour was harmed: {row}")
            self.refusals += sum(row["new"] for row in report["quarantined"])
            if "faults" in report:
                self.tell(("poll",), f"faults: {report['faults']}")
            if report["outcome"] != "held":
                return report
        self.tell(("poll",), f"held for {MOST_DAYS_HELD} data sets: {report['held']}")
        return report

    def hear(self, edited: dict[str, str]) -> None:
        """The edits of the neighbours are told, by command and by mail, and nothing else of any neighbour."""
        told = self.json("changes", "--after", str(self.seq)).get("changes", [])
        self.seq = max([self.seq, *(change["seq"] for change in told)])
        said: dict[str, list[Any]] = {}
        for change in told:
            said.setdefault(change["trial"], []).append(change)
        for trial in self.neighbours:
            fields = [field for change in said.get(trial, []) for field in change["fields"]]
            expected = [edited[trial]] if trial in edited else []
            if [field["after"] for field in fields] != expected:
                self.tell(("changes",), f"{trial}: {expected} expected, told {said.get(trial)}"[:1500])
        new, self.mails = self.box.mails[self.mails :], len(self.box.mails)
        texts = [self.text_of_mail(mail) for mail in new]
        for title in edited.values():
            if not any(title in text for text in texts):
                self.tell(("mail",), f"no mail of {len(new)} says {title!r}")

    def text_of_mail(self, mail: Mail) -> str:
        """The plain text of a mail, on one line; what is wrong with the mail is told."""
        parsed = mail.parsed
        if mail.defects or parsed["Bcc"] or parsed["To"] not in ("me@example.org", "sane@example.org"):
            self.tell(("mail",), f"{mail.defects}, To {parsed['To']}, Bcc {parsed['Bcc']}")
        plain, page = parsed.get_body(("plain",)), parsed.get_body(("html",))
        text = plain.get_content() if plain is not None else ""
        marks = Marks()
        marks.feed(page.get_content() if page is not None else "")
        obeyed = OBEYED.search(text.replace("\r\n", "\n")) or OBEYED.search(str(parsed["Subject"]))
        if obeyed or marks.acting:
            self.tell(("mail",), f"{str(parsed['Subject'])!r} holds {obeyed and obeyed[0]!r} {marks.acting}"[:500])
        return " ".join(text.split())

    def look(self) -> None:
        """Each spoiled trial is shown, and what is told of all of them printed and exported."""
        for trial in self.spoilt:
            self.run("show", trial, "-o", "table")
            self.json("show", trial)
            words = [trial if word == "ID" else word for word in self.rng.choice(SHOWN)]
            self.run(*words, codes=(0, 3, 4) if words[0] == "diff" else (0,))
            # 3: what was reported cannot be read, and the rest is compared. 4: there is one version so far.
        for words in self.rng.sample(ASKED, 4):
            self.readable(words, self.run(*words).out)
        for what, form in self.rng.sample(EXPORTED, 2):
            words = ("export", what, "--format", form)
            self.readable(words, self.run(*words).out)

    def readable(self, words: Sequence[str], text: str) -> None:
        if words[-1] == "csv":
            rows = self.read(words, text, lambda text: list(csv.reader(io.StringIO(text))))
            if len({len(row) for row in rows}) > 1:
                self.tell(words, "rows of different lengths")
        elif words[-1] == "jsonl":
            self.read(words, text, lambda text: [json.loads(line) for line in text.splitlines()])
        elif words[-1] == "json":
            self.read(words, text, json.loads)

    def live(self, days: int) -> None:
        self.dawn()
        self.run("watch", *sorted(self.sane), "--no-backfill", "--tag", "any")
        self.run("watch", *self.neighbours, "--no-backfill", "--tag", "sane")
        self.poll()
        self.seq = max(change["seq"] for change in self.json("changes")["changes"])
        self.mails = len(self.box.mails)
        for _ in range(days):
            self.spoil()
            edited = self.edit()
            self.poll()
            self.hear(edited)
            self.look()
        self.mend()

    def mend(self) -> None:
        """All is sane again: within a few data sets nothing is aside any more, and the store is whole."""
        self.mutants.clear()
        for _ in range(MOST_DAYS_HELD):
            report = self.poll()
        for row in [*report["quarantined"], *report["failed"]]:
            self.tell(("poll", row["trial"]), f"is sane again, and still aside: {row}")
        for trial in self.spoilt:
            shown = self.json("show", trial)
            title = self.sane[trial]["protocolSection"]["identificationModule"]["briefTitle"]
            if shown and not shown["record"]["title"]["brief"]:
                self.tell(("show", trial), f"has no title: it should be {title!r}")
        self.run("verify")


def configuration(box: Mailbox) -> str:
    return (
        '[alerts]\nowner = "me"\n\n'
        + mail(box, "me")
        + mail(box, "sane", to=("sane@example.org",))
        + rule("me", name="all")
        + rule("sane", name="sane", trials='["tag:sane"]')
    )


class OnStore(Program):
    """A program whose store has an address of its own."""

    url = ""

    def environment(self, extra: Mapping[str, str] = {}) -> dict[str, str]:
        return super().environment({"TRIALWATCH_DATABASE_URL": self.url, **extra})


@contextmanager
def _store(kind: str) -> Iterator[str]:
    """The address of a new store; empty for the usual one."""
    if kind != "postgresql":
        yield ""
        return
    with postgres.fresh_database() as (_, url):
        yield url


def live(
    seed: int,
    folder: Path,
    *,
    trials: int = 40,
    days: int = 8,
    real: bool = True,
    store: str = "sqlite",
    fork_server: str = Program.fork_server,
) -> Life:
    """One life from birth to end. `real`: with real records where there are any."""
    records = base_records(random.Random(seed), trials, real=real)
    with ExitStack() as open_:
        registry = open_.enter_context(Registry())
        box = open_.enter_context(Mailbox())
        program = OnStore(folder / "home", registry)
        program.fork_server = fork_server
        program.url = open_.enter_context(_store(store))
        program.home.mkdir(parents=True)
        (program.home / "trialwatch.toml").write_text(configuration(box), encoding="utf-8")
        life = Life(program, registry, box, records, seed)
        life.live(days)
        box.mails.clear()  # told by now, each with its day
    return life


def search(seconds: float) -> int:
    """Lives with new seeds, on both databases in turn where there are two. Returns how many found something."""
    until = time.monotonic() + seconds
    stores = ["sqlite"] if postgres.why_not() else ["sqlite", "sqlite", "postgresql"]
    lives = failed = 0
    while time.monotonic() < until:
        seed = random.SystemRandom().getrandbits(32)
        failed += told(seed, stores[lives % len(stores)])
        lives += 1
    print(f"whole records: {lives} lives, {failed} of them found something", flush=True)
    return failed


def told(seed: int, store: str) -> int:
    """One life, and what it found, with the command that repeats it. Returns whether there was anything."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.monotonic()
        life = live(seed, Path(folder), store=store)
    slow, words = life.slowest
    print(
        f"python -m tests.soak.fuzz.whole_records --seed {seed} --store {store}: {life.spoils} mutants ("
        f"{life.refusals} "
        f"refused), {life.commands} commands in {time.monotonic() - begun:.0f} s, the slowest {slow:.1f} s "
        f"({words[:40]}), {len(life.found)} found",
        flush=True,
    )
    for sentence in life.found:
        print(f"   {sentence}"[:4000], flush=True)
    return int(bool(life.found))


def main() -> int:
    words = argparse.ArgumentParser(prog="python -m tests.soak.fuzz.whole_records")
    words.add_argument("seconds", nargs="?", type=float, default=600)
    words.add_argument("--seed", type=int)
    words.add_argument("--store", choices=["sqlite", "postgresql"], default="sqlite")
    chosen = words.parse_args()
    postgres.prepare()
    try:
        failed = search(chosen.seconds) if chosen.seed is None else told(chosen.seed, chosen.store)
    finally:
        postgres.clear_up()
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
