"""Meaningful edits of the rest of the protocol."""

from __future__ import annotations

import random

from tests.integration.real.edits.kit import Study, items, meaningful, module


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
