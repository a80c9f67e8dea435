"""`python -m bench` measures everything and writes docs/benchmarks.md; `python -m bench NAME...` some parts of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import (
    alerts,
    assistants,
    bombs,
    commands,
    comparison,
    curves,
    memory,
    pages,
    polls,
    reported,
    served,
    similar,
    startup,
    storage,
)
from bench.material import is_real, records
from bench.table import Line, page, section, sections_of

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
HEAD = """
# Benchmarks

Written by `make bench`, or a section by `python -m bench NAME`; every line of a section is of one run. Milliseconds
belong to the machine, ratios to the program: whatever is compared is measured in turn, so that a slow minute slows
both. Figures are medians, with the least and the most in brackets.
"""


def _records() -> str:
    kind = "real records" if is_real() else "records made by the benchmark, for want of real ones"
    return f"{len(records()):,} {kind}"


@dataclass(frozen=True, slots=True)
class Part:
    """One section of the page."""

    title: str
    text: str
    run: Callable[[], list[Line]]
    material: Callable[[], str] = _records


PARTS = {
    "startup": Part("Start", "A command and nothing more, beside a Python that does nothing.", startup.run),
    "comparison": Part(
        "Comparison",
        """
Two versions of a trial that really changed. DeepDiff compares the raw documents; ours compares the two records made of
them.
""",
        comparison.run,
    ),
    "reported": Part(
        "Posted results",
        """
What a record reports is read only when the digest of a part of its results differs, or when somebody asks. Milliseconds
of the processor's time, each the least of three: the median, the 95th percentile and the most.

Polls do not pay for it. On 2026-11-29, measured one after the other, a first look took 0.09 of the floor below and an
unchanged poll 0.61; before results were read, 0.08 and 0.61.
""",
        reported.run,
    ),
    "polls": Part(
        "Polls",
        """
The floor is the least any program does that looks at every record and forgets none: parse it, take its SHA-256, insert
its bytes into SQLite, 200 a transaction, with the same settings as the store's. Beside it, in records a second, a
*first look* (each record is read strictly, hashed, stored, understood, and its first event written) and an *unchanged*
poll (each record carries the day of a new data set and is otherwise the same); once with the registry's pages handed
over from memory, once over HTTP from another process. An unchanged poll parses nothing, so the floor that parses is not
its limit; hashing alone is. *Of work*: the same ratio of the processor's time.

A first look of so many trials has two helper processes (decision 0071). On two cores that is three processes, so there
is more work than waiting. At one polite request a second, each for 200 records, a registry hands out 200 records a
second, so it never waits for us, with helpers or without. A file that is imported holds one record here. An import
reads every record twice, to find its day and then its place among the versions.
""",
        polls.run,
    ),
    "memory": Part(
        "Memory", "The peak of a process that polls copies of the records under numbers of their own.", memory.run
    ),
    "storage": Part(
        "Storage",
        """
Real records made older by the edits registries usually see, eight versions each, put into our store as polls do, and
into a git repository with a commit a round, packed by `git gc --aggressive`. Contents stand beside contents, and what
each needs to find them beside the same: git's index, our keys. Of the other tables of a store this says nothing.

A version is read from our store by trial and number, in a transaction of its own, and by its digest in one that is open
and has read before; from git by commit and path, by a process each time and by one that stays. The bytes are compared.
Last comes a process of ours each time, which is a command with all its imports.

Then one trial of a hundred versions; and stores of made-up records of 12 kB, each watched, eight versions and eight
events a trial, round after round, many trials a transaction, which waits for no disk (how fast is told by the run that
built them, which may be an earlier one). Questions are of trials drawn at random. Commands are whole processes, from
start to end, with their bytecode written and the file in the machine's cache, their output into a pipe; a `list` is one
line a trial, all of them. Medians, and 95th percentiles in brackets; *of work* is the processor's time, which a busy
machine lengthens less than the waiting.
""",
        storage.run,
        storage.material,
    ),
    "commands": Part("Commands", commands.TEXT, commands.run, lambda: "made-up rows"),
    "pages": Part(
        "Lists",
        """
What the pages and the API show, asked in this process as they ask it, 50 rows each, in milliseconds of the processor's
time. The stores hold every row of so many trials, all of them watched, with eight versions and eight changes each, and
no records: they share one small document. Medians, and 95th percentiles in brackets.
""",
        pages.run,
        lambda: "made-up rows",
    ),
    "served": Part(
        "Pages",
        """
What a browser or a program asks, each visit the first. *In process*: through the application, without a network, in
milliseconds of the processor's time; medians, and 95th percentiles in brackets. The second figure is just after a
commit, when nothing that was counted may be used again. *Over HTTP*: as a person waits, from a server in a process of
its own. Datasette, where it is installed, has the same file and shows the same list; the ratio is to ours.
*The first page after a start* is from the start of the process to the end of the answer.
""",
        served.run,
        served.material,
    ),
    "assistants": Part(
        "Assistants",
        """
What the tools for assistants (MCP) take, as an assistant waits: from the call by the SDK's own client to the parsed
answer, which the client receives as text and as a structure and checks. Each tool is asked of a store of 100,000 trials
in both ways. The made-up trials have the texts of the records, so that trials are alike as real ones are; the tools
about one trial are asked of trials with eight versions and posted results. Medians, and 95th percentiles in brackets.
*Of work* is the processor's time of the server, which a busy machine lengthens less than the waiting; the goal is about
it. Just after a commit nothing that was counted may be used again.
""",
        assistants.run,
        assistants.material,
    ),
    "similar": Part("Similar trials", similar.TEXT, similar.run),
    "alerts": Part(
        "Alerts",
        """
A queue of messages of one channel goes out to a receiver in a process of its own: read from the outbox, put in words,
signed, each attempt and its end written down. Beside it a loop over the very same bytes to the same receiver, over one
connection, that remembers nothing. *With a commit each*: that loop, and after each message one small SQLite
transaction that waits for the disk, as whoever writes down what has been sent would do it first.
""",
        alerts.run,
        lambda: f"{alerts.MESSAGES} messages a round",
    ),
    "curves": Part(
        "Curves",
        """
Two versions of a record that differ in one list or one text, which is grown to 1,000, 5,000, 20,000 and 50,000 items or
words. They are compared, told, explained and said in words. The figures are seconds of the processor and the peak of
the resident memory, one for each size; each pair has a process of its own, and its peak holds the program and both
records too. The ratio is the worst step of the seconds from size to size, as if it were a doubling (times below 0.05
seconds count as that), and what an item or word of the largest pair takes beyond the bare program. *One name* and *no
name*: items that nothing in their names tells apart.
""",
        curves.run,
        lambda: "made-up records",
    ),
    "bombs": Part(
        "Bombs",
        """
What is small on the wire and huge in memory, or costs more than its size. A store has seen six small records. Then a
`trialwatch poll`, a process of its own, asks a registry on this machine: each page that has the first record is a bomb
of up to 60 MB (61 kB as it comes), or the record itself is spoilt. Seconds of the processor, which the goal is about,
then as a person waits (longer on a busy machine), start of the program and of the store included; and the peak of the
resident memory as the system counted it. An end with 3 says that the poll went on and kept the bomb aside, one with 1
that nothing was read.
""",
        bombs.run,
        bombs.material,
    ),
}


def main(names: list[str]) -> int:
    if unknown := set(names) - PARTS.keys():
        print(f"No such part: {', '.join(sorted(unknown))}. There are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    written = sections_of(PAGE.read_text(encoding="utf-8")) if names and PAGE.exists() else {}
    for name in names or PARTS:
        part = PARTS[name]
        print(f"Measuring {name} ...", flush=True)
        found = part.run()
        print(*(f"  {' | '.join(filter(None, line.cells()))}" for line in found), sep="\n", flush=True)
        written[part.title] = section(part.text, found, part.material(), datetime.now(UTC).date().isoformat())
    order = [part.title for part in PARTS.values()]
    PAGE.write_text(page(HEAD, {title: written[title] for title in order if title in written}), encoding="utf-8")
    print(f"Wrote {PAGE.relative_to(Path.cwd()) if PAGE.is_relative_to(Path.cwd()) else PAGE}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
