"""Two threads of a process compress with the dictionary of one store."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

from storage.documents import compression

_WORDS = [f"word{number}" for number in range(3000)]


def _documents(count: int) -> list[bytes]:
    chosen = random.Random(17)
    return [" ".join(chosen.choices(_WORDS, k=4000)).encode() for _ in range(count)]


def test_threads_that_compress_with_one_dictionary_do_not_disturb_each_other() -> None:
    documents = _documents(200)
    dictionary = compression.trained(documents, 112_640)
    assert dictionary

    def changed(thread: int) -> list[int]:
        """Compress every document in another order than the other thread, and return those that come back changed."""
        order = random.Random(thread).sample(range(len(documents)), len(documents))
        bodies = compression.pack_with(dictionary, [documents[at] for at in order])
        frames = dict(zip(order, bodies, strict=True))
        where = ("document", str(thread))
        return [at for at in order if compression.unpack_with(dictionary, frames[at], where) != documents[at]]

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(changed, range(2))) == [[], []]
