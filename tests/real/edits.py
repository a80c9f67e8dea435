"""Edits of a registry document, meaningful and meaningless, drawn at random but from a seed.

Each takes a copy of a decoded v2 document and changes it in place; it returns False where the record has nothing to
edit that way. A meaningful edit names the kind of event it must raise, and the least severity. A meaningless one is
what the registry does by itself, or what changes nothing of the trial.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.strategies import dressed, shuffled
from tracker.records.dates import latest
from tracker.records.text import tidy

__all__ = ["DAY", "MEANINGFUL", "MEANINGLESS", "Edit", "Meant", "Study", "pending"]

Study = dict[str, Any]
DAY = dt.date(2026, 11, 22)
"""The day every edit takes effect."""


class Meant(NamedTuple):
    """An edit, the kind of event it must raise and how severe that must be at least."""

    name: str
    kind: str
    severity: Callable[[Study], str]
    edit: Callable[[Study, random.Random], bool]


MEANINGFUL: list[Meant] = []
MEANINGLESS: list[tuple[str, Callable[[Study, random.Random], bool]]] = []
Edit = Callable[[Study, random.Random], bool]


def meaningful(kind: str, severity: str | Callable[[Study], str]) -> Callable[[Edit], Edit]:
    def note(edit: Edit) -> Edit:
        least = severity if callable(severity) else lambda _: severity
        MEANINGFUL.append(Meant(edit.__name__.replace("_", " "), kind, least, edit))
        return edit

    return note


def meaningless(edit: Edit) -> Edit:
    MEANINGLESS.append((edit.__name__.replace("_", " "), edit))
    return edit


def module(study: Study, name: str) -> Study:
    found: Study = study["protocolSection"].setdefault(f"{name}Module", {})
    return found


def misc(study: Study) -> Study:
    found: Study = study.setdefault("derivedSection", {}).setdefault("miscInfoModule", {})
    return found


def day_of(study: Study, name: str) -> dt.date | None:
    return latest(module(study, "status").get(f"{name}DateStruct", {}).get("date", ""))


def by_timing(study: Study) -> str:
    """Primary outcomes weigh more once the trial, or its primary phase, is over."""
    days = (day_of(study, "primaryCompletion"), day_of(study, "completion"))
    over = any(day is not None and day < DAY for day in days)
    return "critical" if over or study.get("hasResults") else "major"


def items(study: Study, name: str, listed: str) -> list[Any]:
    found: list[Any] = module(study, name).setdefault(listed, [])
    return found


def pending(study: Study) -> list[Study]:
    rounds: list[Study] = misc(study).get("submissionTracking", {}).get("submissionInfos", [])
    return sorted(rounds, key=lambda it: str(it.get("releaseDate")))


def is_open(study: Study) -> bool:
    rounds = pending(study)
    ends = ("resetDate", "unreleaseDate", "unreleaseDateUnknown")
    return bool(rounds) and not any(rounds[-1].get(end) for end in ends)


def loose(study: Study) -> bool:
    """Whether rounds are told as loose events alone: those cannot be continued."""
    return bool(study.get("annotationSection")) and not pending(study)


# -- outcomes


@meaningful("outcome.primary_changed", by_timing)
def a_primary_outcome_added(study: Study, rng: random.Random) -> bool:
    items(study, "outcomes", "primaryOutcomes").append({"measure": "Time until a new thing", "timeFrame": "9 weeks"})
    return True


@meaningful("outcome.primary_changed", by_timing)
def a_primary_outcome_dropped(study: Study, rng: random.Random) -> bool:
    found = items(study, "outcomes", "primaryOutcomes")
    if len({it.get("measure") for it in found}) < len(found) or not found:
        return False
    found.pop(rng.randrange(len(found)))
    return True


@meaningful("outcome.primary_changed", by_timing)
def a_secondary_outcome_made_primary(study: Study, rng: random.Random) -> bool:
    found = items(study, "outcomes", "secondaryOutcomes")
    primary = {it.get("measure") for it in items(study, "outcomes", "primaryOutcomes")}
    fit = [it for it in found if it.get("measure") not in primary]
    if not fit:
        return False
    chosen = rng.choice(fit)
    found.remove(chosen)
    items(study, "outcomes", "primaryOutcomes").append(chosen)
    return True


@meaningful("outcome.primary_changed", by_timing)
def a_primary_outcome_made_secondary(study: Study, rng: random.Random) -> bool:
    found = items(study, "outcomes", "primaryOutcomes")
    if not found or len({it.get("measure") for it in found}) < len(found):
        return False
    items(study, "outcomes", "secondaryOutcomes").append(found.pop(rng.randrange(len(found))))
    return True


@meaningful("outcome.primary_changed", "major")
def a_primary_outcome_reworded(study: Study, rng: random.Random) -> bool:
    found = items(study, "outcomes", "primaryOutcomes")
    if not found:
        return False
    rng.choice(found)["measure"] += " by independent review"
    return True


@meaningful("outcome.primary_changed", "minor")
def a_primary_outcome_timed_anew(study: Study, rng: random.Random) -> bool:
    found = [it for it in items(study, "outcomes", "primaryOutcomes") if it.get("timeFrame")]
    if not found:
        return False
    rng.choice(found)["timeFrame"] = "at 37 weeks"
    return True


@meaningful("outcome.secondary_changed", "minor")
def a_secondary_outcome_dropped(study: Study, rng: random.Random) -> bool:
    found = items(study, "outcomes", "secondaryOutcomes")
    if not found:
        return False
    found.pop(rng.randrange(len(found)))
    return True


@meaningful("outcome.primary_changed", by_timing)
def a_primary_outcome_swapped(study: Study, rng: random.Random) -> bool:
    found = items(study, "outcomes", "primaryOutcomes")
    if not found or len({it.get("measure") for it in found}) < len(found):
        return False
    found[rng.randrange(len(found))] = {"measure": "Something else altogether", "timeFrame": "9 weeks"}
    return True


@meaningful("outcome.primary_changed", "major")
def a_threshold_in_a_primary_outcome_changed(study: Study, rng: random.Random) -> bool:
    """A sign or a decimal point is all that differs."""
    found = [it for it in items(study, "outcomes", "primaryOutcomes") if it.get("description")]
    if not found:
        return False
    chosen = rng.choice(found)
    chosen["description"] += rng.choice([" Response is < 1.5 points.", " Change of -2."])
    return True


# -- enrollment, status, dates


def _estimated(study: Study) -> Study | None:
    found = module(study, "design").get("enrollmentInfo", {})
    return found if found.get("type") == "ESTIMATED" and found.get("count", 0) >= 10 else None


@meaningful("enrollment.target_changed", "major")
def the_target_cut_by_a_third(study: Study, rng: random.Random) -> bool:
    found = _estimated(study)
    if found is None:
        return False
    found["count"] = found["count"] * 2 // 3
    return True


@meaningful("enrollment.target_changed", "minor")
def the_target_cut_by_a_little(study: Study, rng: random.Random) -> bool:
    found = _estimated(study)
    if found is None:
        return False
    found["count"] -= 1
    return True


@meaningful("enrollment.actual_reported", "minor")
def the_count_reported(study: Study, rng: random.Random) -> bool:
    found = _estimated(study)
    if found is None:
        return False
    found |= {"count": found["count"] // 2, "type": "ACTUAL"}
    return True


@meaningful("status.changed", "critical")
def the_trial_stopped(study: Study, rng: random.Random) -> bool:
    status, stops = module(study, "status"), ["TERMINATED", "SUSPENDED", "WITHDRAWN"]
    if status["overallStatus"] in stops:
        return False
    status |= {"overallStatus": rng.choice(stops), "whyStopped": "Funding ended"}
    return True


@meaningful("status.changed", "major")
def the_trial_completed(study: Study, rng: random.Random) -> bool:
    status = module(study, "status")
    if status["overallStatus"] in ("COMPLETED", "UNKNOWN"):
        return False
    status["overallStatus"] = "COMPLETED"
    return True


@meaningful("status.changed", "minor")
def the_status_unknown(study: Study, rng: random.Random) -> bool:
    status = module(study, "status")
    if status["overallStatus"] == "UNKNOWN":
        return False
    status |= {"lastKnownStatus": status["overallStatus"], "overallStatus": "UNKNOWN"}
    return True


def _move(study: Study, name: str, days: int) -> bool:
    day = day_of(study, name)
    if day is None:
        return False
    module(study, "status")[f"{name}DateStruct"]["date"] = (day + dt.timedelta(days)).isoformat()
    return True


@meaningful("date.primary_completion_changed", "major")
def primary_completion_out_by_months(study: Study, rng: random.Random) -> bool:
    return _move(study, "primaryCompletion", rng.randrange(120, 900))


@meaningful("date.primary_completion_changed", "minor")
def primary_completion_out_by_weeks(study: Study, rng: random.Random) -> bool:
    return _move(study, "primaryCompletion", rng.randrange(32, 80))


@meaningful("date.primary_completion_changed", "major")
def the_deadline_moved_after_it_had_passed(study: Study, rng: random.Random) -> bool:
    """By five weeks: it is what it does to the deadline that makes it major."""
    day, status = day_of(study, "primaryCompletion"), module(study, "status")
    asked = module(study, "design").get("studyType") == "INTERVENTIONAL" and status["overallStatus"] != "WITHDRAWN"
    stands = study.get("hasResults") or pending(study) or loose(study)
    if day is None or not asked or stands or day + dt.timedelta(367) >= DAY:
        return False
    return _move(study, "primaryCompletion", 35)


@meaningful("date.completion_changed", "major")
def completion_in_by_months(study: Study, rng: random.Random) -> bool:
    return _move(study, "completion", -rng.randrange(130, 900))


@meaningful("date.start_changed", "major")
def the_start_moved_by_months(study: Study, rng: random.Random) -> bool:
    return _move(study, "start", rng.choice([-1, 1]) * rng.randrange(130, 900))


@meaningful("date.start_changed", "major")
def an_actual_start_moved_behind_the_registration(study: Study, rng: random.Random) -> bool:
    """By days alone: it is what it hides that makes it major."""
    status = module(study, "status")
    start, registered = status.get("startDateStruct", {}), status.get("studyFirstSubmitDate", "")
    day = latest(start.get("date", ""))
    if day is None or len(start["date"]) < len("2026-11-22") or day.isoformat() >= registered or not registered:
        return False
    if start.get("type") != "ACTUAL":
        return False
    start["date"] = registered
    return dt.date.fromisoformat(registered) < DAY


@meaningful("date.completion_changed", "minor")
def completion_a_month_later(study: Study, rng: random.Random) -> bool:
    """Where months are all the record gives."""
    date = module(study, "status").get("completionDateStruct", {})
    day = latest(date.get("date", ""))
    if day is None or len(date["date"]) != len("2026-11"):
        return False
    date["date"] = (day + dt.timedelta(1)).isoformat()[:7]
    return True


@meaningful("date.completion_changed", "minor")
def completion_no_longer_given(study: Study, rng: random.Random) -> bool:
    return module(study, "status").pop("completionDateStruct", {}).get("date") is not None


@meaningful("date.primary_completion_changed", "minor")
def primary_completion_confirmed(study: Study, rng: random.Random) -> bool:
    date = module(study, "status").get("primaryCompletionDateStruct", {})
    if date.get("type") != "ESTIMATED":
        return False
    date["type"] = "ACTUAL"
    return True


# -- results


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


# -- the rest of the protocol


@meaningful("sponsor.changed", "major")
def the_sponsor_changed(study: Study, rng: random.Random) -> bool:
    module(study, "sponsorCollaborators")["leadSponsor"]["name"] = "Another Sponsor"
    return True


@meaningful("sponsor.changed", "minor")
def a_collaborator_joined(study: Study, rng: random.Random) -> bool:
    items(study, "sponsorCollaborators", "collaborators").append({"name": "A New Collaborator", "class": "OTHER"})
    return True


@meaningful("phase.changed", "major")
def the_phase_changed(study: Study, rng: random.Random) -> bool:
    design = module(study, "design")
    if not design.get("phases"):
        return False
    design["phases"] = ["PHASE4"] if design["phases"] != ["PHASE4"] else ["PHASE3"]
    return True


@meaningful("eligibility.changed", "minor")
def the_criteria_edited(study: Study, rng: random.Random) -> bool:
    found = module(study, "eligibility")
    found["eligibilityCriteria"] = f"{found.get('eligibilityCriteria', '')}\n* No prior treatment"
    return True


@meaningful("eligibility.changed", "minor")
def the_minimum_age_changed(study: Study, rng: random.Random) -> bool:
    found = module(study, "eligibility")
    found["minimumAge"] = "17 Years" if found.get("minimumAge") != "17 Years" else "18 Years"
    return True


@meaningful("arms.changed", "minor")
def a_dose_changed(study: Study, rng: random.Random) -> bool:
    found = items(study, "armsInterventions", "interventions")
    if not found:
        return False
    rng.choice(found)["description"] = "200 mg instead of 100 mg"
    return True


@meaningful("design.changed", "minor")
def a_product_regulated_after_all(study: Study, rng: random.Random) -> bool:
    """Who asks for the results may hang on it."""
    found = module(study, "oversight")
    found["isFdaRegulatedDrug"] = not found.get("isFdaRegulatedDrug", False)
    return True


@meaningful("document.added", "minor")
def a_protocol_uploaded(study: Study, rng: random.Random) -> bool:
    large = study.setdefault("documentSection", {}).setdefault("largeDocumentModule", {})
    large.setdefault("largeDocs", []).append({"label": "Protocol, amended", "date": "2026-11-01", "filename": "p.pdf"})
    return True


@meaningful("arms.changed", "minor")
def an_arm_added(study: Study, rng: random.Random) -> bool:
    items(study, "armsInterventions", "armGroups").append({"label": "A new arm", "type": "EXPERIMENTAL"})
    return True


@meaningful("design.changed", "minor")
def the_masking_changed(study: Study, rng: random.Random) -> bool:
    masking = module(study, "design").setdefault("designInfo", {}).setdefault("maskingInfo", {})
    masking["masking"] = "TRIPLE" if masking.get("masking") != "TRIPLE" else "NONE"
    return True


@meaningful("title.changed", "minor")
def the_title_changed(study: Study, rng: random.Random) -> bool:
    module(study, "identification")["briefTitle"] += " in Older People"
    return True


@meaningful("conditions.changed", "minor")
def a_condition_added(study: Study, rng: random.Random) -> bool:
    items(study, "conditions", "conditions").append("A New Condition")
    return True


@meaningful("site.added", "minor")
def a_site_added(study: Study, rng: random.Random) -> bool:
    place = {"facility": "A New Hospital", "city": "Vaduz", "zip": "9490", "country": "Liechtenstein"}
    items(study, "contactsLocations", "locations").append(place)
    return True


@meaningful("site.removed", "minor")
def the_sites_of_a_country_gone(study: Study, rng: random.Random) -> bool:
    found = items(study, "contactsLocations", "locations")
    countries = sorted({it.get("country", "") for it in found})
    if not countries:
        return False
    gone = rng.choice(countries)
    module(study, "contactsLocations")["locations"] = [it for it in found if it.get("country", "") != gone]
    return True


@meaningful("site.status_changed", "minor")
def a_site_opened(study: Study, rng: random.Random) -> bool:
    found = [it for it in items(study, "contactsLocations", "locations") if it.get("status") != "RECRUITING"]
    if not found:
        return False
    rng.choice(found)["status"] = "RECRUITING"
    return True


@meaningful("reference.added", "minor")
def a_paper_added(study: Study, rng: random.Random) -> bool:
    items(study, "references", "references").append({"pmid": "99999999", "type": "RESULT", "citation": "A paper."})
    return True


# -- what the registry does by itself, and what changes nothing of the trial


@meaningless
def the_day_of_the_data_set(study: Study, rng: random.Random) -> bool:
    misc(study)["versionHolder"] = "2026-11-22"
    return True


@meaningless
def another_order_of_all_lists(study: Study, rng: random.Random) -> bool:
    other = shuffled(study, rng)
    study.clear()
    study |= other
    return True


@meaningless
def another_dress_of_all_texts(study: Study, rng: random.Random) -> bool:
    protocol = study["protocolSection"]
    for name in ("description", "eligibility", "outcomes", "armsInterventions", "conditions", "references"):
        if f"{name}Module" in protocol:
            protocol[f"{name}Module"] = dressed(undressed(protocol[f"{name}Module"]), rng)
    return True


def undressed(value: Any) -> Any:
    """Without the escapes the registry has put on: twice escaped is another text."""
    if isinstance(value, dict):
        return {name: undressed(item) for name, item in value.items()}
    if isinstance(value, list):
        return [undressed(item) for item in value]
    return tidy(value) if isinstance(value, str) else value


@meaningless
def a_new_submit_date(study: Study, rng: random.Random) -> bool:
    post = {"date": "2026-11-20", "type": rng.choice(["ACTUAL", "ESTIMATED"])}
    module(study, "status").update(lastUpdateSubmitDate="2026-11-18", lastUpdatePostDateStruct=post)
    return True


@meaningless
def the_record_verified_again(study: Study, rng: random.Random) -> bool:
    module(study, "status")["statusVerifiedDate"] = "2026-11"
    return True


@meaningless
def the_type_of_the_post_date(study: Study, rng: random.Random) -> bool:
    post = module(study, "status").get("lastUpdatePostDateStruct", {})
    post["type"] = "ESTIMATED" if post.get("type") == "ACTUAL" else "ACTUAL"
    return bool(post.get("date"))


@meaningless
def a_central_contact_changed(study: Study, rng: random.Random) -> bool:
    contact = {"name": "Somebody New", "role": "CONTACT", "phone": "1", "email": "new@example.org"}
    module(study, "contactsLocations")["centralContacts"] = [contact]
    return True


@meaningless
def a_contact_of_a_site_changed(study: Study, rng: random.Random) -> bool:
    found = items(study, "contactsLocations", "locations")
    for place in found[:3]:
        place["contacts"] = [{"name": "Somebody New", "role": "CONTACT", "phone": str(rng.randrange(999))}]
    return bool(found)


@meaningless
def another_official(study: Study, rng: random.Random) -> bool:
    official = {"name": "Somebody New", "role": "PRINCIPAL_INVESTIGATOR", "affiliation": "A place"}
    module(study, "contactsLocations")["overallOfficials"] = [official]
    return True


@meaningless
def coordinates_and_cities(study: Study, rng: random.Random) -> bool:
    found = items(study, "contactsLocations", "locations")
    for place in found:
        place["geoPoint"] = {"lat": rng.random(), "lon": rng.random()}
        if place.get("zip") and place.get("city"):
            place["city"] += " City"
    return bool(found)


@meaningless
def subject_headings(study: Study, rng: random.Random) -> bool:
    derived = study.setdefault("derivedSection", {})
    derived["conditionBrowseModule"] = {"meshes": [{"id": "D1", "term": "Other"}], "browseLeaves": [{"id": "M1"}]}
    return True


@meaningless
def a_model_of_the_registry(study: Study, rng: random.Random) -> bool:
    misc(study)["modelPredictions"] = {"bmiLimits": {"minBmi": rng.randrange(40)}}
    return True


@meaningless
def no_expanded_access_said(study: Study, rng: random.Random) -> bool:
    status = module(study, "status")
    if status.get("expandedAccessInfo", {}).get("hasExpandedAccess"):
        return False
    status["expandedAccessInfo"] = {"hasExpandedAccess": False} if "expandedAccessInfo" not in status else {}
    return True


@meaningless
def a_month_made_a_day(study: Study, rng: random.Random) -> bool:
    """The day lies within the month: nothing moved."""
    edited = False
    for name in ("start", "primaryCompletion", "completion"):
        date = module(study, "status").get(f"{name}DateStruct", {})
        if len(date.get("date", "")) == len("2026-11"):
            date["date"] += f"-{rng.randrange(1, 29):02}"
            edited = True
    return edited


@meaningless
def the_descriptions_edited(study: Study, rng: random.Random) -> bool:
    found = module(study, "description")
    found["briefSummary"] = f"{found.get('briefSummary', '')} The study is described here in other words."
    found["detailedDescription"] = "A longer description."
    return True


@meaningless
def a_link_added(study: Study, rng: random.Random) -> bool:
    items(study, "references", "seeAlsoLinks").append({"label": "A page", "url": "https://example.org/"})
    return True


@meaningless
def a_secondary_number_added(study: Study, rng: random.Random) -> bool:
    items(study, "identification", "secondaryIdInfos").append({"id": "LOCAL-2026-17", "type": "OTHER"})
    return True


@meaningless
def the_plan_to_share_data(study: Study, rng: random.Random) -> bool:
    study["protocolSection"]["ipdSharingStatementModule"] = {"ipdSharing": "UNDECIDED", "description": "Not yet known"}
    return True


@meaningless
def a_field_nobody_knows(study: Study, rng: random.Random) -> bool:
    study["protocolSection"]["moduleOfTheFuture"] = {"thing": rng.randrange(9)}
    return True


@meaningless
def letter_case_and_stops_of_primary_outcomes(study: Study, rng: random.Random) -> bool:
    found = items(study, "outcomes", "primaryOutcomes")
    for item in found:
        for part in ("measure", "timeFrame", "description"):
            if item.get(part):
                text = item[part]
                item[part] = rng.choice([text.capitalize(), text.upper(), text.rstrip(".") + ".", text.rstrip(". ")])
    return bool(found)


@meaningless
def the_sponsor_in_capitals(study: Study, rng: random.Random) -> bool:
    sponsor = module(study, "sponsorCollaborators")["leadSponsor"]
    sponsor["name"] = sponsor["name"].upper() if sponsor["name"] != sponsor["name"].upper() else sponsor["name"].title()
    return True


@meaningless
def an_alias_noted(study: Study, rng: random.Random) -> bool:
    items(study, "identification", "nctIdAliases").append("NCT09999999")
    return True
