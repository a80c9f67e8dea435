"""Run an action of a form: read it, do it, write a line into the log, and lead the browser back with a sentence."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, NamedTuple

import anyio
import msgspec
from anyio.to_thread import run_sync
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from storage.errors import StorageError
from tracker.api.base import described
from tracker.config.read_settings import load_settings
from tracker.config.settings import Settings
from tracker.errors import TrialwatchError, UsageError
from tracker.web.access.acting import Acting, has_bearer
from tracker.web.access.local_path import local_path
from tracker.web.actions.action import Action, Deed, Done, Later
from tracker.web.actions.background import Background, Job
from tracker.web.actions.form import WrongForm, read_form
from tracker.web.actions.listed import LISTED, ActionOf
from tracker.web.actions.said import COOKIE, SECONDS, Said, Sayings
from tracker.web.actions.workplace import Workplace
from tracker.web.failures import failed, failure_of
from tracker.web.site import Site

__all__ = ["Acts", "Doing"]

_EVERY_FORM = ("back", "store")
_WAITING = 4
"""So many requests wait for work at a time. They take none of the threads of the pages."""
_LONGEST_BACK = 1500


class Acted(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a script that did something."""

    action: Annotated[str, described("What was done: watch, tag and so on.")]
    said: Annotated[str, described("What came of it, as a sentence.")]


class Acts(NamedTuple):
    """What the templates know about actions. `on`: show forms. `back`: the page itself. `store`: its id."""

    on: bool
    back: str = "/"
    store: str = ""
    said: Said | None = None
    under_way: Sequence[str] = ()
    over: Sequence[tuple[str, str]] = ()

    def typed(self, action: str) -> Mapping[str, str]:
        """Return what was typed into the form of an action that failed."""
        return self.said.typed_in(action) if self.said else {}


class Doing:
    """The actions of one application."""

    def __init__(self, site: Site, acting: Acting) -> None:
        self.site = site
        self.acting = acting
        self._place = Workplace(site, _load)
        self._background = Background(self._failed_later)
        self._sayings = Sayings()
        self._limiters: dict[str, anyio.CapacityLimiter] = {}

    def routes(self) -> list[BaseRoute]:
        """Return the route of each action."""
        return [Route(path, partial(self._answer, action), methods=["POST"]) for path, action in LISTED.items()]

    def close(self) -> None:
        """End the work that goes on, and close what was opened."""
        self._background.close()
        self._place.close()

    def acts(self, request: Request) -> Acts:
        """Return what a page needs to show its forms, and the sentence about what was just done."""
        if not self.acting.is_on(request):
            return Acts(on=False)
        word = request.cookies.get(COOKIE, "")
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return Acts(
            on=True,
            back=path if len(path) <= _LONGEST_BACK else request.url.path,
            store=self.site.state()[1],
            said=self._sayings.take(word) if word and request.method == "GET" else None,
            under_way=self._background.under_way,
            over=self._background.over,
        )

    async def _answer(self, action_of: ActionOf, request: Request) -> Response:
        action = await run_in_threadpool(action_of)
        try:
            form = await read_form(request, action.required, (*action.optional, *_EVERY_FORM))
        except WrongForm as wrong:
            return failed(request, wrong.failure)
        try:
            done = await self._done(action, form, request.cookies)
        except (TrialwatchError, StorageError) as error:
            failure = failure_of(error)
            if has_bearer(request):
                return failed(request, failure)
            typed = {name: value for name, value in form.items() if name not in (*action.secret, *_EVERY_FORM)}
            return self._back(request, form, Said(action.name, _ended(failure.message), failed=True, typed=typed))
        if has_bearer(request):
            return Response(
                msgspec.json.encode(Acted(action=action.name, said=done.sentence)), media_type="application/json"
            )
        return self._back(request, form, Said(action.name, done.sentence), done.cookies)

    async def _done(self, action: Action, form: Mapping[str, str], cookies: Mapping[str, str]) -> Done:
        # Not in the threads of the pages: an action may wait for another writer of the store.
        begun = await run_sync(self._begun, action, form, cookies, limiter=self._limiter("begin"))
        if isinstance(begun, Done):
            return begun
        later, job = begun
        if job is None:
            return Done(f"{later.title}: that is under way already.")
        if later.patience:
            await run_sync(job.ended.wait, later.patience, limiter=self._limiter("wait"))
        if isinstance(job.error, (TrialwatchError, StorageError)):
            raise job.error
        if job.error is not None:  # it is in the log already
            raise TrialwatchError(failure_of(job.error).message)
        if job.done is not None:
            return job.done
        waits = f"{later.title}: it waits for another ({job.ahead}). What came of it will stand on the page Status."
        return Done(waits if job.ahead else later.begun)

    def _limiter(self, name: str) -> anyio.CapacityLimiter:
        """Return a limit of threads. It belongs to the event loop, so it is made with the first request."""
        return self._limiters.setdefault(name, anyio.CapacityLimiter(_WAITING))

    def _begun(
        self, action: Action, form: Mapping[str, str], cookies: Mapping[str, str]
    ) -> Done | tuple[Later, Job | None]:
        """Do what is done at once, or begin what takes longer."""
        deed = Deed(self.site, self._place, form, cookies)
        try:
            self._refuse_other_store(form["store"])
            found = action.does(deed)
        except (TrialwatchError, StorageError) as error:
            self.site.log.say("not done from the page", action=action.name, kind=error.kind)
            raise
        if isinstance(found, Done):
            return self._logged(action.name, found)
        work = partial(self._work, action.name, found)
        return found, self._background.begin(found.key, action.name, found.title, work)

    def _work(self, name: str, later: Later) -> Done:
        return self._logged(name, later.work())

    def _logged(self, name: str, done: Done) -> Done:
        self.site.log.say("done from the page", action=name, **done.facts)
        return done

    def _failed_later(self, job: Job, error: Exception) -> str:
        """Write into the log that work failed, and return the sentence about it."""
        if isinstance(error, (TrialwatchError, StorageError)):
            self.site.log.say("not done from the page", action=job.action, kind=error.kind)
        else:
            self.site.log.trouble("work of a page failed", error, action=job.action)
        return _ended(failure_of(error).message)

    def _refuse_other_store(self, shown: str) -> None:
        if shown and shown != self.site.state()[1]:
            raise UsageError(
                "The page shows another store than the one that is served now, so nothing was done. Look at the page "
                "as it is now, and try again",
                subject="store",
            )

    def _back(self, request: Request, form: Mapping[str, str], said: Said, cookies: Mapping[str, str] = {}) -> Response:
        response = RedirectResponse(f"{local_path(form['back'] or '/')}#said", status_code=303)
        secure = request.url.scheme == "https"
        response.set_cookie(
            COOKIE, self._sayings.keep(said), max_age=SECONDS, httponly=True, samesite="lax", secure=secure
        )
        for name, value in cookies.items():
            response.set_cookie(name, value, max_age=_KEPT_SECONDS, httponly=True, samesite="lax", secure=secure)
        return response


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "?", "!")) else f"{sentence}."


_KEPT_SECONDS = 400 * 86_400


def _load() -> Settings:
    return load_settings(os.environ)
