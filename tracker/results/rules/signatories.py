"""Who signed the WHO joint statement of 2017, when, where that stands, and how the registries spell them. Data.

Only bodies for which a source is at hand are in the table. A body of a similar name is another body: the Institut
Pasteur of Paris signed, the institutes of Lille, Dakar or Tunis did not; the Medical Research Council is the United
Kingdom's, not Sweden's, South Africa's or Australia's. So a name counts only as a whole.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from tracker.records.trial import TrialRecord
from tracker.results.lateness import years_later

__all__ = ["SIGNATORIES", "Signatory", "supporters"]

_STATEMENT = "the joint statement of 18 May 2017 (docslib.org/doc/906686; donneesdelarecherche.fr)"
_LATER = "TranspariMED, 22 August 2018: funders that have signed so far, without the day"


class Signatory(NamedTuple):
    """`signed`: the day; where the source does not give it, the day of the source. `spellings`: whole names."""

    name: str
    signed: dt.date
    source: str
    spellings: tuple[str, ...]

    @property
    def policy_from(self) -> dt.date:
        """The day by which the policy that was promised within 12 months must hold."""
        return years_later(self.signed, 1) or self.signed


def _first(name: str, *spellings: str) -> Signatory:
    return Signatory(name, dt.date(2017, 5, 18), _STATEMENT, (name, *spellings))


def _later(name: str, *spellings: str) -> Signatory:
    return Signatory(name, dt.date(2018, 8, 22), _LATER, (name, *spellings))


SIGNATORIES: tuple[Signatory, ...] = (
    _first("Indian Council of Medical Research", "Indian Council of Medical Research (ICMR)"),
    _first("Research Council of Norway", "Norwegian Research Council", "Norges forskningsråd"),
    # The registry gives the United Kingdom's council no country, and every other its own.
    _first(
        *("UK Medical Research Council", "Medical Research Council", "Medical Research Council (MRC)"),
        *("Medical Research Council, United Kingdom", "Medical Research Council (UK)"),
    ),
    # One movement with a section in each country: the sections run its trials.
    _first(
        *("Médecins Sans Frontières", "Médecins Sans Frontières (MSF)", "Doctors Without Borders"),
        *(f"Médecins Sans Frontières, {place}" for place in ("France", "Netherlands", "Spain", "Switzerland", "UK")),
        *("Médecins Sans Frontières, Belgium", "Médecins Sans Frontières, United Kingdom"),
    ),
    _first("Epicentre", "Epicentre, Médecins Sans Frontières"),
    _first("PATH", "PATH Malaria Vaccine Initiative", "PATH Malaria Vaccine Initiative (MVI)"),
    _first(
        "Coalition for Epidemic Preparedness Innovations",
        "Coalition for Epidemic Preparedness Innovations (CEPI)",
        "CEPI",
    ),
    _first("Institut Pasteur", "Institut Pasteur, Paris", "Institut Pasteur, France"),
    _first("Bill & Melinda Gates Foundation", "Bill & Melinda Gates Foundation (BMGF)", "Gates Foundation"),
    _first("Wellcome Trust", "Wellcome", "Wellcome Trust, United Kingdom"),
    _later(
        *("Inserm", "Institut National de la Santé et de la Recherche Médicale"),
        "Institut National de la Santé et de la Recherche Médicale, France",
        "Institut National de la Santé et de la Recherche Médicale (Inserm)",
    ),
    _later(
        *("National Institute for Health Research", "National Institute for Health Research, United Kingdom"),
        *("National Institute for Health and Care Research", "National Institute for Health and Care Research (NIHR)"),
        *("National Institute for Health Research (NIHR)", "NIHR"),
        "National Institute for Health and Care Research, United Kingdom",
    ),
    # The programme signed, not the Commission: a name that does not say the programme may mean another.
    _later("Horizon 2020", "Horizon 2020 - European Commission", "European Commission - Horizon 2020"),
)

_NO_WORD = re.compile(r"[\W_]+")


def _plain(name: str) -> str:
    """A name without letter case, accents, signs, "the" before it; ``&`` is ``and``."""
    letters = "".join(it for it in unicodedata.normalize("NFKD", name) if not unicodedata.combining(it))
    return _NO_WORD.sub(" ", letters.casefold().replace("&", " and ")).strip().removeprefix("the ")


_BY_SPELLING = {_plain(spelling): it for it in SIGNATORIES for spelling in it.spellings}


def supporters(record: TrialRecord) -> list[Signatory]:
    """The signatories that sponsor, co-sponsor or fund the trial, as far as its record names them; the first to sign
    first. A funder may be named with the number of its grant alone."""
    found = {_BY_SPELLING.get(_plain(name)) for name in _names(record)}
    return [it for it in SIGNATORIES if it in found]


def _names(record: TrialRecord) -> Iterator[str]:
    if record.sponsor.lead:
        yield record.sponsor.lead
    yield from (it.name for it in record.sponsor.collaborators.values() if it.name)
    yield from (it.domain for it in record.identifiers.values() if it.domain)
