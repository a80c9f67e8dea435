"""The helper process of a poll that meets many new trials: jobs of first looks in, answers out."""

from __future__ import annotations

import msgspec

from tracker.polling.first_look import LookAnswer, LookJob, look_at_all, reader_of
from tracker.processes.helper_process import answer_until_the_end
from tracker.processes.relaxed_gc import relaxed_gc
from tracker.registries.listed import REGISTRIES

__all__ = ["as_question", "read_answers"]

_JOB = msgspec.msgpack.Decoder(LookJob)
_ANSWERS = msgspec.msgpack.Decoder(list[LookAnswer])
_ENCODER = msgspec.msgpack.Encoder()


def as_question(job: LookJob) -> bytes:
    """Return a job as the helper process reads it."""
    return _ENCODER.encode(job)


def read_answers(body: bytes) -> list[LookAnswer]:
    """Return what the helper process answered."""
    return _ANSWERS.decode(body)


def _answer(question: bytes) -> bytes:
    job = _JOB.decode(question)
    registry = REGISTRIES[job.run.registry]
    if job.reader != reader_of(registry):
        raise SystemExit("the program was updated since the poll began")
    return _ENCODER.encode(look_at_all(registry, job))


if __name__ == "__main__":
    with relaxed_gc():
        answer_until_the_end(_answer)
