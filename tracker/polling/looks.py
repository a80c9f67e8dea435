"""The looks of one poll: here, or, where many trials are new, in two processes beside this one.

Those take over the part of a first look that needs nothing but the document. They take some memory and a tenth of a
second to begin, so only a wave of new trials starts them. What comes out is the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import SimpleQueue
from types import TracebackType
from typing import NamedTuple, Self

from storage.documents.documents import StoreDictionary
from storage.values.batches import batches
from storage.values.trial_head import Head
from tracker.polling.first_look import LookAnswer, LookJob, Run, first_look, is_first, reader_of
from tracker.polling.look import Differing, Looked, look_at
from tracker.polling.look_process import as_question, read_answers
from tracker.processes.helper_process import HelperEnded, HelperProcess
from tracker.registries.answers import RawTrial
from tracker.registries.listed import REGISTRIES
from tracker.registries.registry import Registry

__all__ = ["HELPERS", "LEAST_NEW", "MANY", "Found", "Looking", "Looks"]

MANY = 1_000
"""A page of new trials starts the helpers if at least this many trials are still to be asked for."""
LEAST_NEW = 50
"""New trials on a page that starts the helpers. A registry that sends one record at a time leaves them idle."""
HELPERS = min(2, os.cpu_count() or 1)
"""With one processor, helpers gain nothing."""
_AT_ONCE = 100
"""Documents in a job."""
_MODULE = "tracker.polling.look_process"


class Found(NamedTuple):
    """What came out of looking at the records of a page."""

    looked: Sequence[Looked]
    #: What to stage about first documents, by their SHA-256.
    firsts: Mapping[str, LookAnswer]
    #: The number of the dictionary that their bytes are compressed with.
    dictionary: int | None


class Looking(NamedTuple):
    """A page that is being looked at."""

    looked: Sequence[Looked]
    firsts: Mapping[str, LookAnswer]
    dictionary: int | None = None
    jobs: Sequence[tuple[LookJob, Future[list[LookAnswer]]]] = ()

    def found(self) -> Found:
        """Return what came out of it. Wait for it if need be."""
        firsts = dict(self.firsts)
        for job, answers in self.jobs:
            firsts |= zip((it.sha256 for it in job.documents), answers.result(), strict=True)
        return Found(self.looked, firsts, self.dictionary)


@dataclass(slots=True)
class Looks:
    """The looks of one poll, in a `with`: its helpers end with it."""

    registry: Registry
    run: Run
    #: Called with a sentence when a helper has ended before its work was done.
    notice: Callable[[str], None]
    _pool: ThreadPoolExecutor | None = None
    _idle: SimpleQueue[HelperProcess | None] = field(default_factory=SimpleQueue)
    _helpers: list[HelperProcess] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        for helper in self._helpers:
            helper.close()
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    @property
    def are_helped(self) -> bool:
        """Whether the helpers have been started."""
        return self._pool is not None

    def begin(
        self,
        records: Sequence[RawTrial],
        heads: Mapping[str, Head],
        newest_dictionary: Callable[[], StoreDictionary | None],
        left: int,
    ) -> Looking:
        """Look at decoded records. `left`: how many trials are still to be asked for, with these.

        `newest_dictionary` reads the dictionary that helpers compress with. It is large, and only they need it.
        """
        new = sum(is_first(heads.get(it.trial)) for it in records)
        is_wave = left >= MANY and new >= LEAST_NEW and new * 2 > len(records)
        if is_wave and not self.are_helped and self._can_be_helped():
            self._start()
        return self._with_help(records, heads, newest_dictionary()) if self.are_helped else self._here(records, heads)

    def _can_be_helped(self) -> bool:
        """Return whether there is a second processor, and another process finds the registry by its name."""
        return HELPERS > 1 and REGISTRIES.get(self.run.registry) is self.registry

    def _here(self, records: Sequence[RawTrial], heads: Mapping[str, Head]) -> Looking:
        """Decide on each first document at once, while it is in the cache of the processor."""
        looked: list[Looked] = []
        firsts: dict[str, LookAnswer] = {}
        for answer in records:
            looked.append(one := look_at(self.registry, answer, heads))
            if isinstance(one, Differing) and is_first(heads.get(one.trial)):
                firsts[one.sha256] = LookAnswer(first_look(self.registry, self.run, one.first, answer.value))
        return Looking(looked, firsts)

    def _with_help(
        self, records: Sequence[RawTrial], heads: Mapping[str, Head], dictionary: StoreDictionary | None
    ) -> Looking:
        looked = [look_at(self.registry, answer, heads) for answer in records]
        first = [it.first for it in looked if isinstance(it, Differing) and is_first(heads.get(it.trial))]
        data = dictionary.data if dictionary is not None else None
        reader = reader_of(self.registry)
        jobs = [LookJob(reader, self.run, data, some) for some in batches(first, _AT_ONCE)]
        assert self._pool is not None
        asked = [(job, self._pool.submit(self._ask, job)) for job in jobs]
        return Looking(looked, {}, dictionary.number if dictionary is not None else None, asked)

    def _start(self) -> None:
        self._pool = ThreadPoolExecutor(HELPERS)
        for _ in range(HELPERS):
            self._idle.put(self._started())

    def _started(self) -> HelperProcess | None:
        try:
            helper = HelperProcess(_MODULE)
        except HelperEnded as error:
            self.notice(f"{error}; its work is done here")
            return None
        self._helpers.append(helper)
        return helper

    def _ask(self, job: LookJob) -> list[LookAnswer]:
        """Have a helper do a job. If it ends, its documents are decided on when they are committed, as changed ones."""
        helper = self._idle.get()
        try:
            if helper is not None:
                return read_answers(helper.ask(as_question(job)))
        except HelperEnded as error:
            self.notice(f"{error}; its work is done here")
            helper = None
        finally:
            self._idle.put(helper)
        return [LookAnswer()] * len(job.documents)
