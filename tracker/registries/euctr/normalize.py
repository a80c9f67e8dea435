"""The forms of one trial in the EU register -> TrialRecord. Pure. Raise NORMALIZER when a document reads differently.

Each country has its own form, and the forms may differ in anything. What a country says about itself (status, dates,
subjects, decisions) goes into its part. The values of the trial come from the leading form, which was entered first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from storage.values.states import ResultsState
from tracker.errors import Unreadable
from tracker.records.dates import RegistryDate, precision
from tracker.records.maps import by_identifier, by_intervention, by_organization, by_outcome
from tracker.records.one_line import one_line
from tracker.records.trial import (
    CountryPart,
    Dates,
    Design,
    Eligibility,
    Enrollment,
    Identifier,
    Intervention,
    Organization,
    OutcomeMeasure,
    Outcomes,
    Oversight,
    RecordLink,
    Results,
    Sponsor,
    Title,
    TrialRecord,
)
from tracker.registries.euctr.form import Form, said
from tracker.registries.euctr.ids import THIRD, split_euctr
from tracker.registries.euctr.labels import ENTERED, RESULTS, RUNNING_ORDER, STATUS, status_code
from tracker.registries.typed_reading import WarningKind, Warnings

__all__ = ["NORMALIZER", "normalize"]

NORMALIZER = 3
Forms = Mapping[str, Form]
_COUNT = re.compile(r"\d{1,9}")
_FIRST_WORDS = 200


def normalize(trial: str, forms: Forms, urls: Mapping[str, str], warnings: Warnings) -> TrialRecord:
    """Return the record of a trial. `urls`: the address of each country's page. `warnings` gets what is odd.

    Raise Unreadable.
    """
    lead = forms[min(forms, key=lambda country: (forms[country].summary.get(ENTERED) or "9999", country))]
    parts = {country: _part(form, warnings) for country, form in sorted(forms.items())}
    return TrialRecord(
        trial=trial,
        registry="euctr",
        status=_status(parts, trial),
        url=next(iter(urls.values()), None),
        title=_title(lead),
        identifiers=by_identifier(_identifiers(lead, split_euctr(trial).number)),
        study_type="INTERVENTIONAL",
        phases=_phases(lead),
        enrollment=_enrollment(lead, parts),
        dates=_dates(parts, warnings),
        summary=lead.get("E.2.1"),
        description=lead.get("E.2.2"),
        conditions=tuple(filter(None, [_one_line(lead.get("E.1.1"))])),
        design=_design(lead),
        interventions=by_intervention(_products(lead)),
        outcomes=Outcomes(
            primary=by_outcome(_outcomes(lead, "E.5.1", "E.5.1.1")),
            secondary=by_outcome(_outcomes(lead, "E.5.2", "E.5.2.1")),
        ),
        eligibility=_eligibility(lead),
        sponsor=_sponsor(lead),
        countries=tuple(sorted({part.authority.partition(" - ")[0] for part in parts.values() if part.authority})),
        links=_links(forms, urls),
        oversight=Oversight(has_dmc=lead.yes("E.8.7")),
        results=Results(
            state=ResultsState.POSTED if any(form.results_link for form in forms.values()) else ResultsState.NONE
        ),
        parts=parts,
        other=_other(forms),
        warnings=warnings.sorted(),
    )


def _part(form: Form, warnings: Warnings) -> CountryPart:
    status = said(form.summary.get(STATUS, ""))
    # The sentence names no country, so a new word in ten countries gives only one warning.
    if status is not None and status_code(status) is None:
        sentence = f"The EU register shows a trial status that is not known here: {status[:60]}"
        warnings.add(sentence, WarningKind.NEW_WORD)
    for _, code, label in form.odd:
        row = f"{code} {label}".strip()[:80]
        sentence = f"The EU register's form has a row that is not known here: {row}"
        warnings.add(sentence, WarningKind.NEW_WORD)
    return CountryPart(
        status=status,
        authority=form.get("A.1"),
        entered=said(form.summary.get(ENTERED, "")),
        decision=form.labelled("N.", "Competent Authority Decision"),
        decided=form.labelled("N.", "Date of Competent Authority Decision"),
        opinion=form.labelled("N.", "Ethics Committee Opinion of the trial application"),
        opined=form.labelled("N.", "Date of Ethics Committee Opinion"),
        subjects=_number(form.get("F.4.1")),
        sites=_number(form.get("E.8.4.1")),
        end=form.labelled("P.", "End of Trial Status"),
        ended=form.labelled("P.", "Date of the global end of the trial"),
    )


def _status(parts: Mapping[str, CountryPart], trial: str) -> str:
    """Return the trial's status from those of its countries. A third-country page may lack a status. Without any
    status, return UNKNOWN.
    """
    statuses = {country: part.status for country, part in parts.items() if country != THIRD or part.status}
    missing = sorted(country for country, status in statuses.items() if status is None)
    if missing:
        raise Unreadable(f"euctr.{missing[0]}.{STATUS}", "a status", "nothing", subject=trial)
    codes = {status_code(status or "") or "ONGOING" for status in statuses.values()}
    return next((status for status in RUNNING_ORDER if status in codes), "UNKNOWN")


def _title(form: Form) -> Title:
    brief, official, acronym = (_one_line(form.get(code)) for code in ("A.3.1", "A.3", "A.3.2"))
    return Title(brief=brief or official, official=official, acronym=acronym)


def _identifiers(form: Form, number: str) -> Iterator[Identifier]:
    yield Identifier(number, "EUDRACT_NUMBER")
    kinds = {"A.4.1": "org_study_id", "A.5.1": "ISRCTN", "A.5.2": "NCT", "A.5.3": "WHO_UTN"}
    for code, kind in kinds.items():
        found = form.get(code)
        if found:
            yield Identifier(_one_line(found) or found, kind)


def _phases(form: Form) -> tuple[str, ...]:
    return tuple(f"PHASE{number}" for number in range(1, 5) if form.yes(f"E.7.{number}"))


def _enrollment(lead: Form, parts: Mapping[str, CountryPart]) -> Enrollment:
    """Return the planned number for the whole trial. If it is missing, use that for the EEA, or else that of the only
    country.

    Numbers of several countries are not added up. No source gives that sum, and each new country would raise it.
    """
    planned = [part.subjects for part in parts.values() if part.subjects is not None]
    count = _number(lead.get("F.4.2.2"))
    if count is None:
        count = _number(lead.get("F.4.2.1"))
    if count is None:
        count = planned[0] if len(planned) == len(parts) == 1 else None
    return Enrollment(count, None if count is None else "ESTIMATED")


def _number(text: str | None) -> int | None:
    return int(text) if text and _COUNT.fullmatch(text) else None


def _dates(parts: Mapping[str, CountryPart], warnings: Warnings) -> Dates:
    """Return the dates. The trial ends at the last end of any country. The record begins with the first entry of any
    country.
    """
    ends = sorted(part.ended for part in parts.values() if part.ended)
    entries = sorted(part.entered for part in parts.values() if part.entered)
    for date in (*ends, *entries):
        if precision(date) == "odd":
            warnings.add(f"{date[:40]} is no date we can read")
    return Dates(
        completion=RegistryDate(ends[-1], "ACTUAL") if ends else None,
        first_submitted=entries[0] if entries else None,
    )


def _design(form: Form) -> Design:
    randomised = form.yes("E.8.1.1")
    models = {"E.8.1.5": "PARALLEL", "E.8.1.6": "CROSSOVER"}
    maskings = {"E.8.1.4": "DOUBLE", "E.8.1.3": "SINGLE", "E.8.1.2": "NONE"}
    return Design(
        allocation={True: "RANDOMIZED", False: "NON_RANDOMIZED"}[randomised] if randomised is not None else None,
        model=next((model for code, model in models.items() if form.yes(code)), None),
        masking=next((masking for code, masking in maskings.items() if form.yes(code)), None),
    )


def _products(form: Form) -> Iterator[Intervention]:
    for group in form.groups("D.IMP"):
        names = [form.get(code, group) for code in ("D.2.1.1.1", "D.3.1", "D.3.8")]
        known = list(dict.fromkeys(_one_line(name) or "" for name in names if name))
        role, shape = form.get("D.1.2 and D.1.3", group), form.get("D.3.4", group)
        description = ", ".join(filter(None, (role, shape))) or None
        yield Intervention(known[0] if known else group, "DRUG", description, other_names=tuple(sorted(known[1:])))


def _outcomes(form: Form, code: str, when: str) -> Iterator[OutcomeMeasure]:
    """Yield the end points. One may be a page of text: its first line is the name, the rest is the description."""
    text = form.get(code)
    if text:
        first, _, rest = text.partition("\n")
        yield OutcomeMeasure(
            first[:_FIRST_WORDS], _one_line(form.get(when)), rest or (text if len(first) > _FIRST_WORDS else None)
        )


def _eligibility(form: Form) -> Eligibility:
    lists = {"Inclusion Criteria": form.get("E.3"), "Exclusion Criteria": form.get("E.4")}
    female, male = form.yes("F.2.1"), form.yes("F.2.2")
    ages = {"CHILD": form.yes("F.1.1"), "ADULT": form.yes("F.1.2"), "OLDER_ADULT": form.yes("F.1.3")}
    return Eligibility(
        criteria="\n\n".join(f"{label}:\n\n{text}" for label, text in lists.items() if text) or None,
        sex="ALL" if female and male else "FEMALE" if female else "MALE" if male else None,
        standard_ages=tuple(name for name, there in sorted(ages.items()) if there),
        healthy_volunteers=form.yes("F.3.1"),
    )


def _sponsor(form: Form) -> Sponsor:
    groups = form.groups("B.Sponsor") or ("",)
    (lead, kind), *others = [_sponsor_of(form, group) for group in groups]
    return Sponsor(
        lead=lead,
        lead_kind={"Commercial": "INDUSTRY", "Non-Commercial": "OTHER"}.get(kind or "", kind),
        collaborators=by_organization(Organization(name, kind) for name, kind in others if name),
    )


def _sponsor_of(form: Form, group: str) -> tuple[str | None, str | None]:
    """Return the name and the kind of a sponsor. In a form without sponsor groups, that is the only sponsor."""
    return _one_line(form.get("B.1.1", group)), _one_line(form.get("B.3.1 and B.3.2", group))


def _links(forms: Forms, urls: Mapping[str, str]) -> dict[str, RecordLink]:
    """Return where posted results are, as linked from any country's page."""
    found = next((country for country, form in forms.items() if form.results_link), "")
    if not found:
        return {}
    base = urls.get(found, "").rpartition("/")[0]
    return {"results": RecordLink(f"{base}/results", "Results")}


def _other(forms: Forms) -> dict[str, str]:
    """Return the summary's words about results, and all rows without a name here, by country."""
    others = {f"{country}.{RESULTS}": said(form.summary.get(RESULTS, "")) for country, form in forms.items()}
    for country, form in forms.items():
        others |= {f"{country}.{' '.join(filter(None, key))}": said(form.rows[key]) for key in form.odd}
    return {name: text for name, text in others.items() if text}


def _one_line(text: str | None) -> str | None:
    return one_line(text) if text else None
