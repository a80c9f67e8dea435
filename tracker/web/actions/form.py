"""Read a form strictly: each field once, none that is not expected, all of it short, and UTF-8."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl

from starlette.requests import Request

from tracker.web.failures import Failure

__all__ = ["MOST_BYTES", "WrongForm", "fields_of", "read_form"]

MOST_BYTES = 64 * 1024
"""A note of 4,000 characters has at most 48,000 bytes in a form."""
_MOST_FIELDS = 20
_NEXT = "Nothing was done. Open the page again, and send the form from there."
_TYPE = "application/x-www-form-urlencoded"


class WrongForm(Exception):
    """A form that no page of ours sends. `failure` is the answer to it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.failure = Failure(status, "form", f"{message} {_NEXT}")


async def read_form(request: Request, required: Iterable[str], optional: Iterable[str]) -> dict[str, str]:
    """Return the fields of a form. Optional ones that are missing are "". Raise WrongForm."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if kind != _TYPE:
        raise WrongForm(415, f"A form is sent as {_TYPE}.")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise WrongForm(413, f"The form is longer than {MOST_BYTES:,} bytes.")
    return fields_of(bytes(body), required, optional)


def fields_of(body: bytes, required: Iterable[str], optional: Iterable[str]) -> dict[str, str]:
    """Return the fields in the bytes of a form. Raise WrongForm."""
    needed, known = set(required), {*required, *optional}
    try:
        # Bytes that are not ASCII are percent-encoded by every browser.
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError as error:
        raise WrongForm(400, "The form cannot be read.") from error
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            raise WrongForm(400, f"The form has a field that does not belong to it: {name[:40]!a}.")
        if name in found:
            raise WrongForm(400, f"The form has the field {name} twice.")
        if "\x00" in value:
            raise WrongForm(400, f"The field {name} has a character that no text has.")
        found[name] = value
    if missing := sorted(needed - found.keys()):
        raise WrongForm(400, f"The form has no field {missing[0]}.")
    return {**dict.fromkeys(known, ""), **found}
