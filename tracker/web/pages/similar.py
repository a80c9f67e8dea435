"""Similar trials: the stored trials most like one, and what each shares with it."""

from __future__ import annotations

from starlette.requests import Request

from storage.reads.in_session import SessionReader
from tracker.changes.wording.words import count_of
from tracker.services.known_trials import known_trial
from tracker.services.similar.stored_similar import stored_similar
from tracker.services.titles import titles_of
from tracker.services.typed.trial_ids import trial_id
from tracker.web.shown_page import Alternate, Page
from tracker.web.site import Site
from tracker.web.words.reason_words import reason_words

__all__ = ["page"]

_TOP = 20


def page(site: Site, request: Request) -> Page:
    """Return the most similar stored trials. Raise UnknownTrial."""
    wanted = trial_id(request.path_params["trial"])
    with site.database.read() as session:
        trial = known_trial(SessionReader(session), wanted)
        title = titles_of(SessionReader(session), [trial]).get(trial, "")
    found = stored_similar(site.database, site.settings.derived, trial, _TOP)
    values = {
        "trial": trial,
        "title_of": title,
        "similar": found.similar,
        "reason_words": reason_words,
        "finding": _finding(trial, len(found.similar)),
    }
    twin = Alternate("application/json", "The same as JSON", f"/trials/{trial}/similar.json")
    return Page("similar.html", f"{trial}: similar trials", "Trials", values, found, feeds=[twin])


def _finding(trial: str, count: int) -> str:
    if not count:
        return f"No stored trial is like {trial}."
    return f"The {count_of(count, 'stored trial')} most like {trial}."
