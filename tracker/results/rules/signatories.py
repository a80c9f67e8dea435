"""Signatories of the WHO joint statement of 2017: when they signed, the source, and their spellings. Data.

The table only has bodies with a source at hand. Similar names are other bodies: the Institut Pasteur of Paris signed,
the institutes of Lille, Dakar or Tunis did not. The Medical Research Council is that of the United Kingdom, not of
Sweden, South Africa or Australia. So only whole names count.
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
    """`signed` is the day of signing, or the day of the source if it gives none. `spellings` are whole names."""

    name: str
    signed: dt.date
    source: str
    spellings: tuple[str, ...]

    @property
    def policy_from(self) -> dt.date:
        """Return the day from which the policy must hold. It was promised within 12 months."""
        return years_later(self.signed, 1) or self.signed


def _first(name: str, *spellings: str) -> Signatory:
    return Signatory(name, dt.date(2017, 5, 18), _STATEMENT, (name, *spellings))


def _later(name: str, *spellings: str) -> Signatory:
    return Signatory(name, dt.date(2018, 8, 22), _LATER, (name, *spellings))


SIGNATORIES: tuple[Signatory, ...] = (
    _first("Indian Council of Medical Research", "Indian Council of Medical Research (ICMR)"),
    _first("Research Council of Norway", "Norwegian Research Council", "Norges forskningsråd"),
    # Registries name the United Kingdom's council without a country, and all others with one.
    _first(
        *("UK Medical Research Council", "Medical Research Council", "Medical Research Council (MRC)"),
        *("Medical Research Council, United Kingdom", "Medical Research Council (UK)"),
    ),
    # One movement with a section per country. The sections run its trials.
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
    # The programme signed, not the Commission. A name without the programme may mean another one.
    _later("Horizon 2020", "Horizon 2020 - European Commission", "European Commission - Horizon 2020"),
)

_NO_WORD = re.compile(r"[\W_]+")


def _plain(name: str) -> str:
    """Return a name in lower case, without accents, punctuation and a leading "the". ``&`` becomes ``and``."""
    letters = "".join(it for it in unicodedata.normalize("NFKD", name) if not unicodedata.combining(it))
    return _NO_WORD.sub(" ", letters.casefold().replace("&", " and ")).strip().removeprefix("the ")


_BY_SPELLING = {_plain(spelling): it for it in SIGNATORIES for spelling in it.spellings}


def supporters(record: TrialRecord) -> list[Signatory]:
    """Return the signatories that sponsor, co-sponsor or fund the trial, earliest signature first.

    Only those named in the record are found. A funder may appear only as the domain of a grant number.
    """
    found = {_BY_SPELLING.get(_plain(name)) for name in _names(record)}
    return [it for it in SIGNATORIES if it in found]


def _names(record: TrialRecord) -> Iterator[str]:
    if record.sponsor.lead:
        yield record.sponsor.lead
    yield from (it.name for it in record.sponsor.collaborators.values() if it.name)
    yield from (it.domain for it in record.identifiers.values() if it.domain)
