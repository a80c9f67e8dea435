"""Handmade records for the duties: a finished trial of a regulated drug in the United States, and variations of it."""

from __future__ import annotations

from typing import Any

from tracker.records.dates import RegistryDate
from tracker.records.trial import (
    Dates,
    Delay,
    Design,
    Identifier,
    Intervention,
    Oversight,
    Results,
    Site,
    Sponsor,
    TrialRecord,
)

__all__ = ["SIGNED", "made", "trial"]

SIGNED: dict[str, Any] = {"sponsor": "Wellcome Trust", "start": "2019-03-01"}
"""What binds a trial to the joint statement of 2017."""


def _date(text: str | None) -> RegistryDate | None:
    """``2020-06-15`` is actual, ``2020-06-15?`` estimated."""
    return RegistryDate(text.rstrip("?"), "ESTIMATED" if text.endswith("?") else "ACTUAL") if text else None


def made(**more: Any) -> TrialRecord:
    """Return a record that says only this."""
    return TrialRecord(trial="NCT05349331", registry="ctgov", status=more.pop("status", "COMPLETED"), **more)


def trial(
    *,
    status: str = "COMPLETED",
    type: str | None = "INTERVENTIONAL",
    start: str | None = "2018-03-01",
    primary: str | None = "2020-06-15",
    completion: str | None = "2020-09-30",
    phases: str = "PHASE2",
    kinds: str = "DRUG",
    countries: str = "United States",
    numbers: str = "",
    drug: bool | None = True,
    device: bool | None = False,
    export: bool | None = None,
    ppsd: bool | None = None,
    purpose: str | None = "TREATMENT",
    certificate: str | None = None,
    waived: bool | None = None,
    state: str | None = "none",
    sponsor: str | None = None,
    absent: tuple[str, ...] = (),
) -> TrialRecord:
    """Return an applicable trial, with these differences. Lists are words, countries and numbers with commas."""
    return made(
        status=status,
        study_type=type,
        phases=tuple(phases.split()),
        dates=Dates(start=_date(start), primary_completion=_date(primary), completion=_date(completion)),
        design=Design(purpose=purpose),
        interventions={f"thing {kind}": Intervention(f"thing {kind}", kind) for kind in kinds.split()},
        countries=tuple(filter(None, countries.split(","))),
        sites={place: Site(country=place) for place in filter(None, countries.split(","))},
        identifiers={number: Identifier(number) for number in filter(None, numbers.split(","))},
        oversight=Oversight(
            fda_regulated_drug=drug, fda_regulated_device=device, us_export=export, pediatric_postmarket=ppsd
        ),
        results=Results(state=state, waived=waived, delay=Delay(certificate) if certificate else None),
        sponsor=Sponsor(sponsor),
        absent=absent,
    )
