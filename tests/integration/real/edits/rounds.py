"""Meaningful edits of results: rounds, certificates, what is posted."""

from __future__ import annotations

import random

from tests.integration.real.edits.kit import Study, is_open, loose, meaningful, misc, module, pending


def _submit(study: Study) -> None:
    tracking = misc(study).setdefault("submissionTracking", {})
    tracking.setdefault("submissionInfos", []).append({"releaseDate": "2026-11-20"})


@meaningful("results.submitted", "major")
def results_submitted(study: Study, rng: random.Random) -> bool:
    if study.get("hasResults") or is_open(study) or loose(study):
        return False
    _submit(study)
    return True


@meaningful("results.returned", "major")
def results_returned(study: Study, rng: random.Random) -> bool:
    if study.get("hasResults") or loose(study):
        return False
    if not is_open(study):
        _submit(study)
    pending(study)[-1]["resetDate"] = "2026-11-21"
    return True


@meaningful("results.cancelled", "major")
def results_cancelled(study: Study, rng: random.Random) -> bool:
    if study.get("hasResults") or loose(study):
        return False
    if not is_open(study):
        _submit(study)
    pending(study)[-1] |= rng.choice([{"unreleaseDate": "2026-11-21"}, {"unreleaseDateUnknown": True}])
    return True


@meaningful("results.cancelled", "major")
def what_was_pending_vanished(study: Study, rng: random.Random) -> bool:
    """Under review, or sent back: the registry no longer lists it."""
    rounds = pending(study)
    if study.get("hasResults") or not rounds or not (is_open(study) or rounds[-1].get("resetDate")):
        return False
    del misc(study)["submissionTracking"]
    study.pop("annotationSection", None)
    return True


@meaningful("results.posted", "critical")
def results_posted(study: Study, rng: random.Random) -> bool:
    if study.get("hasResults"):
        return False
    study |= {"hasResults": True, "resultsSection": {"moreInfoModule": {"limitationsAndCaveats": {"description": "x"}}}}
    misc(study).pop("submissionTracking", None)
    dates = {"resultsFirstSubmitDate": "2026-10-01", "resultsFirstPostDateStruct": {"date": "2026-11-20"}}
    module(study, "status").update(dates)
    return True


@meaningful("results.removed", "critical")
def results_removed(study: Study, rng: random.Random) -> bool:
    if not study.get("hasResults"):
        return False
    del study["resultsSection"]
    study["hasResults"] = False
    return True


@meaningful("results.updated", "minor")
def posted_results_edited(study: Study, rng: random.Random) -> bool:
    if not study.get("hasResults"):
        return False
    study["resultsSection"].setdefault("moreInfoModule", {})["limitationsAndCaveats"] = {"description": "A new caveat"}
    return True


@meaningful("results.delay_certified", "major")
def a_delay_certified(study: Study, rng: random.Random) -> bool:
    status = module(study, "status")
    if "dispFirstSubmitDate" in status or "dispFirstPostDateStruct" in status:
        return False
    status["dispFirstSubmitDate"] = "2026-11-19"
    return True
