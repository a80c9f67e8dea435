"""Parameters that are wrong, said in the one form of all failures."""

from __future__ import annotations

from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import Response

from tracker.services.typed.wrong_values import wrong_value
from tracker.web.failures import Failure, failed

__all__ = ["wrong_parameters"]


async def wrong_parameters(request: Request, error: Exception) -> Response:
    """Return 400 with what is wrong about the first wrong parameter. `subject` is its name."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    name = str(first["loc"][1]) if len(first["loc"]) > 1 else ""
    return failed(request, Failure(400, "usage", *wrong_value(first, name, _names(request))))


def _names(request: Request) -> list[str]:
    """Return the names of the parameters that the route takes."""
    models = [it.field_info.annotation for it in request.scope["route"].dependant.query_params]
    fields = [field for model in models for field in getattr(model, "model_fields", {}).items()]
    return [field.alias or name for name, field in fields]
