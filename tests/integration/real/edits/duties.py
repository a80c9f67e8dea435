"""Meaningful edits that turn whether results are due: each raises an event of the duty besides that of its field."""

from __future__ import annotations

import random

from tests.integration.real.edits.kit import Study, due_in_the_us, due_long_ago, items, meaningful, module


@meaningful("duty.ended", due_long_ago)
def a_duty_ended_by_the_phase(study: Study, rng: random.Random) -> bool:
    if not due_in_the_us(study):
        return False
    module(study, "design")["phases"] = ["PHASE1"]
    return True


@meaningful("duty.ended", due_long_ago)
def a_duty_ended_by_the_flag(study: Study, rng: random.Random) -> bool:
    if not due_in_the_us(study):
        return False
    module(study, "oversight").update(isFdaRegulatedDrug=False, isFdaRegulatedDevice=False)
    return True


@meaningful("duty.ended", due_long_ago)
def a_duty_ended_by_the_type_of_study(study: Study, rng: random.Random) -> bool:
    if not due_in_the_us(study):
        return False
    module(study, "design")["studyType"] = "OBSERVATIONAL"
    return True


@meaningful("duty.began", "minor")
def a_duty_begun_by_a_supporter(study: Study, rng: random.Random) -> bool:
    """Who signed the joint statement of 2017 joins a trial that began after it."""
    design, status = module(study, "design"), module(study, "status")
    start = status.get("startDateStruct", {}).get("date", "")
    names = str(module(study, "sponsorCollaborators"))
    others = ("Medical Research", "Wellcome", "Pasteur", "Health Research", "Recherche")
    if design.get("studyType") != "INTERVENTIONAL" or status["overallStatus"] == "WITHDRAWN" or start < "2018-06":
        return False
    if any(name in names for name in others):
        return False
    items(study, "sponsorCollaborators", "collaborators").append({"name": "Wellcome Trust", "class": "OTHER"})
    return True


@meaningful("duty.began", due_long_ago)
def a_duty_begun_by_the_phase(study: Study, rng: random.Random) -> bool:
    """A trial of phase 1 goes on to phase 2, where nothing else stood in the way."""
    design = module(study, "design")
    phases = design.get("phases")
    if phases not in (["PHASE1"], ["EARLY_PHASE1"]):
        return False
    design["phases"] = ["PHASE2"]
    if due_in_the_us(study):
        return True
    design["phases"] = phases
    return False
