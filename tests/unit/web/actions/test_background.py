"""Work that goes on after the answer: in order, once, and never the end of the thread."""

from __future__ import annotations

import threading

import pytest

from tracker.errors import Busy
from tracker.web.actions.action import Done
from tracker.web.actions.background import Background, Job


def told(_job: Job, error: Exception) -> str:
    return f"failed: {error}"


def test_it_is_done_in_order_and_the_outcomes_are_kept() -> None:
    background, order = Background(told), list[str]()

    def work(name: str) -> Done:
        order.append(name)
        if name == "b":
            raise ValueError("broken")
        return Done(f"{name} is done.")

    jobs = [background.begin(name, "do", f"Do {name}", lambda name=name: work(name)) for name in "abc"]  # type: ignore[misc]
    assert all(job is not None and job.ended.wait(60) for job in jobs)
    assert order == ["a", "b", "c"]
    assert background.over == [("Do c", "c is done."), ("Do b", "failed: broken"), ("Do a", "a is done.")]
    assert [type(job.error) for job in jobs if job is not None] == [type(None), ValueError, type(None)]
    background.close()


def test_the_same_work_is_not_begun_twice_and_the_queue_has_an_end() -> None:
    background, release = Background(told), threading.Event()

    def wait() -> Done:
        release.wait(60)
        return Done("Done.")

    first = background.begin("look", "look", "Look now", wait)
    assert first is not None
    assert background.begin("look", "look", "Look now", wait) is None
    assert background.under_way == ["Look now"]
    for number in range(19):
        assert background.begin(str(number), "more", "More", wait) is not None
    with pytest.raises(Busy, match="Too much waits"):
        background.begin("one more", "more", "More", wait)
    release.set()
    assert first.ended.wait(60)
    background.close()


def test_after_the_end_nothing_is_begun() -> None:
    background = Background(told)
    background.close()
    with pytest.raises(Busy):
        background.begin("look", "look", "Look now", lambda: Done("Done."))


def test_what_waits_knows_what_is_ahead_and_is_told_if_it_never_begins() -> None:
    failed: list[tuple[str, str]] = []

    def noted(job: Job, error: Exception) -> str:
        failed.append((job.action, str(error)))
        return str(error)

    background, release = Background(noted), threading.Event()
    first = background.begin("look", "look", "Look at all", lambda: Done("Done." if release.wait(60) else "Late."))
    second = background.begin("watch NCT1", "watch", "Watch NCT1", lambda: Done("Watched."))
    assert first is not None and second is not None
    assert (first.ahead, second.ahead) == ("", "Look at all")
    threading.Timer(0.1, release.set).start()
    background.close()
    assert second.ended.is_set() and isinstance(second.error, Busy) and second.done is None
    assert failed == [("watch", "Watch NCT1: not begun, because the server stopped. Do it again")]
    assert first.ended.wait(60) and first.done == Done("Done.")
