"""Edits of what stands beside a trial: notices of the FDA, and expanded access."""

from __future__ import annotations

import random

from tests.integration.real.edits.kit import Study, meaningful, module

_NOTICES = ("CORRECTION_CONFIRMED", "PENALTY_IMPOSED", "ISSUES_IN_LETTER_ADDRESSED_CONFIRMED")


@meaningful("fda.notice", "major")
def a_notice_of_the_fda(study: Study, rng: random.Random) -> bool:
    annotation = study.setdefault("annotationSection", {}).setdefault("annotationModule", {})
    events = annotation.setdefault("violationAnnotation", {}).setdefault("violationEvents", [])
    events.append({"type": rng.choice(_NOTICES), "issuedDate": "2026-11-02", "postedDate": "2026-11-09"})
    return True


@meaningful("expanded_access.changed", "major")
def expanded_access_began_or_ended(study: Study, rng: random.Random) -> bool:
    info = module(study, "status").setdefault("expandedAccessInfo", {})
    info["hasExpandedAccess"] = not info.get("hasExpandedAccess")
    return True
