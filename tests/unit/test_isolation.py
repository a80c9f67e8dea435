"""Errors that are kept hold no documents."""

from __future__ import annotations

import gc
import weakref

from tracker.errors import RecordError
from tracker.isolation import one_record, without_frames


class Document(dict[str, str]):
    """A document that can be watched for its end."""


def failed(document: Document) -> RecordError:
    try:
        with one_record("reading", "NCT00000001"):
            raise KeyError(len(document))
    except RecordError as error:
        return error


def test_an_error_that_is_kept_lets_its_document_go() -> None:
    gc.disable()  # by counting alone: a list of errors is built faster than cycles are found
    try:
        document = Document(a="x")
        watched = weakref.ref(document)
        kept = failed(document)
        del document
        assert watched() is not None, "the frames hold it"
        assert without_frames(kept) is kept
        assert watched() is None and kept.__traceback__ is None and isinstance(kept.__cause__, KeyError)
        assert kept.message.startswith("KeyError in reading")
    finally:
        gc.enable()
