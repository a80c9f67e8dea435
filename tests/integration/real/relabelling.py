"""How one thing gets another label: rules by which items of a record are relabelled. Each gives both versions, or None.

They follow what is seen in real consecutive versions: letters garbled and mended, sites named after a number, a
department or a code added, a postcode corrected, a paper found in PubMed, an outcome's measure said more exactly.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

import msgspec

from tracker.records.trial import Arm, Intervention, Organization, OutcomeMeasure, Reference, Site, TrialDocument

__all__ = ["REPLACING", "RULES", "Rule"]

Rule = Callable[[Any, random.Random], tuple[Any, Any] | None]
_with = msgspec.structs.replace
_STATUSES = ("RECRUITING", "NOT_YET_RECRUITING", "ACTIVE_NOT_RECRUITING", "COMPLETED")
_ANONYMOUS = re.compile(r"(?i)\bsite\b|institution|investigat|^\W*\w*\d|research cent")
_CITIES = {
    "Prague": "Praha", "Vienna": "Wien", "Munich": "München", "Cologne": "Köln", "Rome": "Roma", "Milan": "Milano",
    "Turin": "Torino", "Lisbon": "Lisboa", "Seville": "Sevilla", "Warsaw": "Warszawa", "Brussels": "Bruxelles",
    "Copenhagen": "København", "Seoul": "Seoul-si", "Athens": "Athina", "Moscow": "Moskva", "Zaragoza": "Saragossa",
    "Ghent": "Gent", "Antwerp": "Antwerpen", "Geneva": "Genève", "Gothenburg": "Göteborg", "Florence": "Firenze",
}  # fmt: skip


def _mangled(text: str, rng: random.Random) -> str:
    """One letter of a word lost, doubled, or turned into what a wrong encoding makes of it.

    Short words are left alone: with another letter they are other words (IgE and IgG).
    """
    places = [n for word in re.finditer(r"[^\W\d_]{5,}", text) for n in range(word.start() + 1, word.end())]
    if not places:
        return text
    n = rng.choice(places)
    return text[:n] + rng.choice(["", "?", "ă", text[n] * 2, "�"]) + text[n + 1 :]


def _own_name(site: Site) -> bool:
    return bool(site.facility) and not _ANONYMOUS.search(site.facility or "")


def _now(site: Site, rng: random.Random) -> Site:
    """As often as not, its status changes in the same version."""
    return _with(site, status=rng.choice(_STATUSES)) if rng.random() < 0.5 else site


def a_city_respelled(site: Site, rng: random.Random) -> tuple[Site, Site] | None:
    if not site.city or not _own_name(site):
        return None
    city = _CITIES.get(site.city) or _mangled(site.city, rng)
    return _with(site, zip=None), _now(_with(site, zip=None, city=city), rng)


def letters_garbled(site: Site, rng: random.Random) -> tuple[Site, Site] | None:
    if not _own_name(site):
        return None
    return _with(site, facility=_mangled(site.facility or "", rng)), _now(site, rng)


def an_anonymous_site_named(site: Site, rng: random.Random) -> tuple[Site, Site] | None:
    if not _own_name(site):
        return None
    name = rng.choice(["Local Institution - {:04}", "Research Site", "Investigational Site {:03}", "Site {:02}"])
    return _with(site, facility=name.format(rng.randint(1, 99))), _now(site, rng)


def a_department_added(site: Site, rng: random.Random) -> tuple[Site, Site] | None:
    if not _own_name(site):
        return None
    form = rng.choice(
        ["{} - Department of Oncology", "{}; Oncology", "Oncology Dept., {}", "{} | Clinical Research Unit"]
    )
    return site, _now(_with(site, facility=form.format(site.facility)), rng)


def a_postcode_corrected(site: Site, rng: random.Random) -> tuple[Site, Site] | None:
    digits = [n for n, letter in enumerate(site.zip or "") if letter.isdigit()]
    if not _own_name(site) or len(digits) < 4 or not site.city:
        return None
    code, n = site.zip or "", rng.choice(digits)
    corrected = rng.choice([code[:n] + str((int(code[n]) + 1) % 10) + code[n + 1 :], f"{code}-1234", None])
    return site, _now(_with(site, zip=corrected), rng)


def words_abbreviated(site: Site, rng: random.Random) -> tuple[Site, Site] | None:
    name = site.facility or ""
    for word, short in (("University", "Univ."), ("Hospital", "Hosp."), ("Center", "Ctr"), ("Medical", "Med")):
        name = name.replace(word, short)
    return (site, _now(_with(site, facility=name), rng)) if _own_name(site) else None


def a_pubmed_number_found(paper: Reference, rng: random.Random) -> tuple[Reference, Reference] | None:
    if not paper.citation:
        return None
    return _with(paper, pmid=None), _with(paper, pmid=str(rng.randint(10**7, 4 * 10**7)))


def cited_in_short(paper: Reference, rng: random.Random) -> tuple[Reference, Reference] | None:
    """As an author cites it: two authors, no supplement to the year."""
    if not paper.citation:
        return None
    authors, dot, rest = paper.citation.partition(". ")
    few = ", ".join(authors.split(", ")[:2])
    short = re.sub(r"\s*(doi:|Epub|PMID|No abstract).*$", "", rest)
    if len(short.split()) < 6:
        return None
    return _with(paper, pmid=None, citation=f"{few}, et al{dot}{short}"), paper


def the_citation_edited(paper: Reference, rng: random.Random) -> tuple[Reference, Reference] | None:
    if not paper.citation:
        return None
    edited = rng.choice(
        [_mangled(paper.citation, rng), f"{paper.citation} Epub ahead of print.", paper.citation.upper()]
    )
    return _with(paper, pmid=None), _with(paper, pmid=None, citation=edited)


def a_file_renamed(file: TrialDocument, rng: random.Random) -> tuple[TrialDocument, TrialDocument] | None:
    return file, _with(file, filename=f"new_{file.filename or 'file.pdf'}", label=f"{file.label or 'File'} (final)")


def another_wording_of_an_arm(arm: Arm, rng: random.Random) -> tuple[Arm, Arm] | None:
    form = rng.choice(["Arm X: {}", "{} (experimental)", "Group: {}", "{} arm"])
    return arm, _with(arm, label=form.format(arm.label))


def an_arm_mangled(arm: Arm, rng: random.Random) -> tuple[Arm, Arm] | None:
    return arm, _with(arm, label=_mangled(arm.label, rng))


def an_arm_described_by_its_drug(arm: Arm, rng: random.Random) -> tuple[Arm, Arm] | None:
    if len((arm.description or "").split()) < 6 or not arm.interventions:
        return None
    return arm, _with(arm, label=" and ".join(name.partition(": ")[2] or name for name in arm.interventions))


def a_form_added(drug: Intervention, rng: random.Random) -> tuple[Intervention, Intervention] | None:
    form = rng.choice(["{} tablet", "{} (study drug)", "{} intravenous infusion", "Oral {}"])
    return drug, _with(drug, name=form.format(drug.name))


def a_drug_mangled(drug: Intervention, rng: random.Random) -> tuple[Intervention, Intervention] | None:
    return drug, _with(drug, name=_mangled(drug.name, rng))


def a_code_became_a_name(drug: Intervention, rng: random.Random) -> tuple[Intervention, Intervention] | None:
    if drug.type not in ("DRUG", "BIOLOGICAL"):
        return None
    code = f"XY-{rng.randint(1000, 9999)}"
    return _with(drug, name=code), _with(drug, other_names=(*drug.other_names, code))


def an_abbreviation_added(aim: OutcomeMeasure, rng: random.Random) -> tuple[OutcomeMeasure, OutcomeMeasure] | None:
    words = [word for word in aim.measure.split() if word[:1].isalpha()]
    short = "".join(word[0] for word in words).upper()[:5]
    return aim, _timed(_with(aim, measure=f"{aim.measure} ({short})"), rng)


def a_measure_said_more_exactly(
    aim: OutcomeMeasure, rng: random.Random
) -> tuple[OutcomeMeasure, OutcomeMeasure] | None:
    tail = rng.choice(["as assessed by the investigator", "in the full analysis set", "by central review"])
    return aim, _timed(_with(aim, measure=f"{aim.measure.rstrip('.')}, {tail}"), rng)


def a_count_turned_into_a_share(
    aim: OutcomeMeasure, rng: random.Random
) -> tuple[OutcomeMeasure, OutcomeMeasure] | None:
    if not aim.measure.startswith("Number of"):
        return None
    return aim, _with(aim, measure=aim.measure.replace("Number of", "Percentage of", 1))


def a_measure_mangled(aim: OutcomeMeasure, rng: random.Random) -> tuple[OutcomeMeasure, OutcomeMeasure] | None:
    return aim, _timed(_with(aim, measure=_mangled(aim.measure, rng)), rng)


def a_change_from_baseline(aim: OutcomeMeasure, rng: random.Random) -> tuple[OutcomeMeasure, OutcomeMeasure] | None:
    return aim, _with(aim, measure=f"Change from baseline in {aim.measure[:1].lower()}{aim.measure[1:]}")


def _timed(aim: OutcomeMeasure, rng: random.Random) -> OutcomeMeasure:
    return _with(aim, time_frame="up to 30 months") if rng.random() < 0.2 else aim


def a_collaborator_mangled(it: Organization, rng: random.Random) -> tuple[Organization, Organization] | None:
    return it, _with(it, name=_mangled(it.name, rng))


RULES: dict[str, tuple[Rule, ...]] = {
    "site": (
        a_city_respelled, letters_garbled, an_anonymous_site_named, a_department_added, a_postcode_corrected,
        words_abbreviated,
    ),
    "reference": (a_pubmed_number_found, cited_in_short, the_citation_edited),
    "document": (a_file_renamed,),
    "arm": (another_wording_of_an_arm, an_arm_mangled, an_arm_described_by_its_drug),
    "intervention": (a_form_added, a_drug_mangled, a_code_became_a_name),
    "outcome": (
        an_abbreviation_added, a_measure_said_more_exactly, a_count_turned_into_a_share, a_measure_mangled,
        a_change_from_baseline,
    ),
    "collaborator": (a_collaborator_mangled,),
}  # fmt: skip
REPLACING = (an_arm_described_by_its_drug,)
"""Those whose new label says nothing of the old: the rest of the item must tell it from its siblings."""
