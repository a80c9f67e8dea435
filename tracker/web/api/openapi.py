"""The OpenAPI document: what each route answers, as the shapes of `tracker.api` have it."""

from __future__ import annotations

from tracker.api.lists import StoreReset
from tracker.api.schema.api_shapes import API_SHAPES, REFERENCE, api_schemas
from tracker.api.schema.shapes import definitions
from tracker.records.json_objects import JsonObject
from tracker.web.failures import PROBLEM, Failure, Problem
from tracker.web.waiting.streams import EVENT_STREAM

__all__ = ["ABOUT", "answers", "completed", "streamed"]

ABOUT = """What Trialwatch knows about clinical trials, for programs. Everything can only be read.

Each answer is an object with the keys that the same command prints with `-o json`; lists add `next`. Keys may be added;
those that are there stay. A failure is `application/problem+json`. Days and instants are ISO 8601, instants in UTC.

Where the server has a token, each request carries it: `Authorization: Bearer TOKEN`."""
_EXAMPLE = Failure(
    404, "unknown_trial", "Nothing is stored about NCT00000009 yet. Watch it first: trialwatch watch NCT00000009"
)
_FAILURES = {
    "400": "A parameter is wrong, unknown, or given twice; or an id cannot be read.",
    "401": "A token is needed.",
    "404": "There is no such trial, version or change.",
    "422": "A stored version cannot be read by this program.",
    "503": "The store or the file of tokens cannot be read at the moment, or too many clients listen.",
}
_MARKED = {"etag": {"description": "A mark of the answer, for If-None-Match.", "schema": {"type": "string"}}}


def answers(path: str, what: str, *failures: int) -> JsonObject:
    """Return what a route says about itself: what its answer is, and which failures it has beside those of all."""
    shape = API_SHAPES[path]
    schema = {"type": "object"} if shape is None else {"$ref": REFERENCE.format(name=shape.__name__)}
    mine = ["400", "401", *map(str, failures), "503"]
    return {
        "summary": what.rstrip("."),
        "response_description": what,
        "responses": {
            200: {"content": {"application/json": {"schema": schema}}, "headers": _MARKED},
            304: {"description": "The client has this answer: it sent its mark in If-None-Match."},
            **{code: {"$ref": f"#/components/responses/{code}"} for code in mine},
            "default": {"$ref": "#/components/responses/default"},
        },
    }


def streamed(path: str, what: str, *failures: int) -> JsonObject:
    """Return what a route of server-sent events says about itself. Its shape is that of the data of an event."""
    said = answers(path, what, *failures)
    data = said["responses"][200]["content"]["application/json"]["schema"]
    schema = {"type": "string", "description": _EVENTS, "contentMediaType": "application/json", "contentSchema": data}
    said["responses"][200] = {"content": {EVENT_STREAM: {"schema": schema}}}
    del said["responses"][304]
    return said


_EVENTS = (
    "Events `changes`, whose data is this object and whose id is a place to come back to. Also `reset`, whose data is "
    f"{StoreReset.__name__}: the store is another one. A comment comes when there was nothing for 15 seconds."
)


def completed(document: JsonObject) -> JsonObject:
    """Return the document of FastAPI with the shapes, the failures and the token."""
    schemas = {**api_schemas(), **definitions([Problem], REFERENCE)}
    document["components"] = {
        "schemas": {name: schemas[name] for name in sorted(schemas)},
        "responses": {code: _problem(said) for code, said in _FAILURES.items()}
        | {"default": _problem("Something else went wrong.")},
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    }
    # The empty one: a server without a token asks for none.
    document["security"] = [{"token": []}, {}]
    for path in document["paths"].values():
        for answer in path["get"]["responses"].values():
            if "$ref" in answer:
                # FastAPI adds the name of the status.
                answer.pop("description", None)
    return document


def _problem(said: str) -> JsonObject:
    example = {
        "type": "about:blank",
        "title": _EXAMPLE.title,
        "status": _EXAMPLE.status,
        "detail": _EXAMPLE.message,
        "kind": _EXAMPLE.kind,
        "subject": "NCT00000009",
    }
    schema = {"$ref": REFERENCE.format(name=Problem.__name__)}
    return {"description": said, "content": {PROBLEM: {"schema": schema, "example": example}}}
