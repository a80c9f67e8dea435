"""Work that goes on after the answer: one piece after the other, in a thread of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Condition, Event, Thread

from tracker.errors import Busy
from tracker.web.actions.action import Done

__all__ = ["Background", "Job"]

_MOST_WAITING = 20
_KEPT = 5
"""So many finished pieces of work are shown."""
_LAST_SECONDS = 2.0


@dataclass(slots=True)
class Job:
    """One piece of work. `done` and `error` are None until `ended` is set; then one of them is not.

    `action`: its name in the log. `ahead`: the title of what was under way when it came, "" for nothing.
    """

    key: str
    action: str
    title: str
    work: Callable[[], Done]
    ahead: str = ""
    ended: Event = field(default_factory=Event)
    done: Done | None = None
    error: Exception | None = None


class Background:
    """Runs work in the order in which it came. `failed` gets the errors. Its thread begins with the first work."""

    def __init__(self, failed: Callable[[Job, Exception], str]) -> None:
        self._failed = failed
        self._jobs: deque[Job] = deque()
        self._past: deque[tuple[str, str]] = deque(maxlen=_KEPT)
        self._changed = Condition()
        self._thread: Thread | None = None
        self._stopped = False

    def begin(self, key: str, action: str, title: str, work: Callable[[], Done]) -> Job | None:
        """Begin work, or queue it. Return None if work of this key is under way. Raise Busy if too much waits."""
        with self._changed:
            if any(job.key == key for job in self._jobs):
                return None
            if len(self._jobs) >= _MOST_WAITING or self._stopped:
                raise Busy("Too much waits to be done already. Wait a minute, and try again", subject=title)
            job = Job(key, action, title, work, ahead=self._jobs[0].title if self._jobs else "")
            self._jobs.append(job)
            if self._thread is None:
                self._thread = Thread(target=self._run, name="actions", daemon=True)
                self._thread.start()
            self._changed.notify()
            return job

    @property
    def under_way(self) -> Sequence[str]:
        """Return the titles of what is being done or waits, the current one first."""
        with self._changed:
            return [job.title for job in self._jobs]

    @property
    def over(self) -> Sequence[tuple[str, str]]:
        """Return the title and the outcome of what was done last, the latest first."""
        with self._changed:
            return list(reversed(self._past))

    def close(self) -> None:
        """Begin nothing more, and give the current work a moment. It may be killed: the next poll puts it right.

        What has not begun ends with an error, which goes into the log.
        """
        with self._changed:
            self._stopped = True
            dropped = [self._jobs.pop() for _ in range(len(self._jobs) - 1)]
            self._changed.notify()
        for job in reversed(dropped):
            job.error = Busy(f"{job.title}: not begun, because the server stopped. Do it again", subject=job.title)
            self._failed(job, job.error)
            job.ended.set()
        if self._thread is not None:
            self._thread.join(_LAST_SECONDS)

    def _run(self) -> None:
        while (job := self._next()) is not None:
            try:
                job.done = job.work()
                outcome = job.done.sentence
            except Exception as error:  # noqa: BLE001  (the thread goes on with the next work)
                job.error = error
                outcome = self._failed(job, error)
            with self._changed:
                self._jobs.popleft()
                self._past.append((job.title, outcome))
            job.ended.set()

    def _next(self) -> Job | None:
        with self._changed:
            while not self._jobs and not self._stopped:
                self._changed.wait()
            return self._jobs[0] if self._jobs else None
