"""Parameters that are wrong, said in the one form of all failures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import Response

from tracker.changes.wording.nearest import did_you_mean
from tracker.web.failures import Failure, failed

__all__ = ["wrong_parameters"]

_SAID = {
    "missing": "{name} is missing; add it",
    "greater_than_equal": "{name} must be {ge:,} or more, not {input}",
    "less_than_equal": "{name} must be {le:,} or less, not {input}",
    "literal_error": "{name} is one of {expected}, not {input}",
    "int_parsing": "{name} must be a whole number, not {input}",
    "int_parsing_size": "{name} must be a smaller number than {input}",
    "int_from_float": "{name} must be a whole number, not {input}",
    "bool_parsing": "{name} must be true or false, not {input}",
    "string_pattern_mismatch": "{name} is `next` of a page, not {input}; begin with the first page",
    "string_too_long": "{name} may have at most {max_length:,} characters",
    "too_long": "{name} may come at most {max_length:,} times",
}


async def wrong_parameters(request: Request, error: Exception) -> Response:
    """Return 400 with what is wrong about the first wrong parameter. `subject` is its name."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    name = str(first["loc"][1])[:40] if len(first["loc"]) > 1 else ""
    return failed(request, Failure(400, "usage", _sentence(first, name, _names(request)), name))


def _sentence(error: Mapping[str, Any], name: str, known: list[str]) -> str:
    if error["type"] == "extra_forbidden":
        there = f"There are: {', '.join(known)}" if known else "This takes none"
        return f"There is no parameter {name!r} here.{did_you_mean(name, known)} {there}"
    form = _SAID.get(error["type"])
    if form is None:
        return f"{name}: {error['msg'][:200]}"
    return form.format(name=name, input=repr(str(error.get("input"))[:40]), **error.get("ctx", {}))


def _names(request: Request) -> list[str]:
    """Return the names of the parameters that the route takes."""
    models = [it.field_info.annotation for it in request.scope["route"].dependant.query_params]
    fields = [field for model in models for field in getattr(model, "model_fields", {}).items()]
    return [field.alias or name for name, field in fields]
