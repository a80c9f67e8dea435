"""Meaningful edits of outcomes."""

from __future__ import annotations

import random

from tests.integration.real.edits.kit import Study, by_timing, items, meaningful


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
