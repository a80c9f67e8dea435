"""What the registry does by itself, and what changes nothing of the trial."""

from __future__ import annotations

import random
from typing import Any

from tests.integration.real.edits.kit import Study, items, meaningless, misc, module
from tests.support.records.strategies import dressed, shuffled
from tracker.records.text import tidy
from tracker.results.rules.fdaaa801 import EFFECTIVE


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
    """The day lies within the month: nothing moved, but in the month in which a rule begins: there the day decides."""
    edited = False
    for name in ("start", "primaryCompletion", "completion"):
        date = module(study, "status").get(f"{name}DateStruct", {})
        if len(date.get("date", "")) == len("2026-11") and date["date"] != f"{EFFECTIVE:%Y-%m}":
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
