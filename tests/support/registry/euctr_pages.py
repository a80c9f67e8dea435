"""Pages of the EU register built from facts, in its structure and with our own wording, and a register of them."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.support.registry.embedded_registry import RegistryServer, Reply, Request

NUMBER = "2019-001234-56"
TRIAL = f"EUCTR{NUMBER}"
NAMES = {"DE": "Germany - BfArM", "PT": "Portugal - INFARMED", "FR": "France - ANSM", "3rd": "Outside EU/EEA"}
# code | label | value. A line with one part is a heading, and "=" starts a section.
FORM = """
= A. Protocol Information
A.1 | Member State Concerned | {authority}
A.2 | EudraCT number | {number}
A.3 | Full title of the trial | Sleepwell against placebo in night workers
A.3.2 | Name or abbreviated title of the trial where available | NA
A.4.1 | Sponsor's protocol code number | NU-17-2
A.5.1 | ISRCTN (International Standard Randomised Controlled Trial) Number | ISRCTN12345678
A.5.2 | US NCT (ClinicalTrials.gov registry) number | NCT01234567
A.7 | Trial is part of a Paediatric Investigation Plan | No
= B. Sponsor Information
B.Sponsor: 1
B.1.1 | Name of Sponsor | Night University
B.1.3.4 | Country | Germany
B.3.1 and B.3.2 | Status of the sponsor | Non-Commercial
B.4.1 | Name of organisation providing support |
B.5.1 | Name of organisation |
= D. IMP Identification
D.IMP: 1
D.1.2 and D.1.3 | IMP Role | Test
D.2.1.1.1 | Trade name | Sleepwell
D.3.4 | Pharmaceutical form | Tablet
D.3.8 | INN - Proposed INN | MELATONIN
D.IMP: 2
D.1.2 and D.1.3 | IMP Role | Comparator
D.3.1 | Product name | Chalk
D.3.4 | Pharmaceutical form | Tablet
= E. General Information on the Trial
E.1 Medical condition
E.1.1 | Medical condition(s) being investigated | Insomnia
E.1.3 | Condition being studied is a rare disease | No
E.2.1 | Main objective of the trial | Whether night workers sleep longer.
E.2.2 | Secondary objectives of the trial | Safety
E.3 | Principal inclusion criteria | 1. works at night{br}2. sleeps < 5 hours
E.4 | Principal exclusion criteria | Apnoea
E.5.1 | Primary end point(s) | Hours slept
E.5.1.1 | Timepoint(s) of evaluation of this end point | Week 8
E.6.1 | Diagnosis | No
E.6.2 | Prophylaxis | No
E.6.3 | Therapy | Yes
E.6.4 | Safety | Yes
E.6.5 | Efficacy | Yes
E.6.6 | Pharmacokinetic | No
E.6.7 | Pharmacodynamic | No
E.6.8 | Bioequivalence | No
E.6.9 | Dose response | No
E.6.10 | Pharmacogenetic | No
E.7.1 | Human pharmacology (Phase I) | No
E.7.2 | Therapeutic exploratory (Phase II) | Yes
E.7.3 | Therapeutic confirmatory (Phase III) | No
E.7.4 | Therapeutic use (Phase IV) | No
E.8.1 | Controlled | Yes
E.8.1.1 | Randomised | Yes
E.8.1.2 | Open | No
E.8.1.3 | Single blind | No
E.8.1.4 | Double blind | Yes
E.8.1.5 | Parallel group | Yes
E.8.2.1 | Other medicinal product(s) | No
E.8.4.1 | Number of sites anticipated in Member State concerned | 3
E.8.7 | Trial has a data monitoring committee | Yes
E.8.8 | Definition of the end of the trial | Last visit
= F. Population of Trial Subjects
F.1.1 | Trial has subjects under 18 | No
F.1.2 | Adults (18-64 years) | Yes
F.1.3 | Elderly (&gt;=65 years) | No
F.2.1 | Female | Yes
F.2.2 | Male | Yes
F.3.1 | Healthy volunteers | No
F.3.2 | Patients | Yes
F.3.3 | Specific vulnerable populations | No
F.4.1 | In the member state | {subjects}
F.4.2.2 | In the whole clinical trial | 240
F.5 | Plans for treatment or care after the subject has ended | None
= N. Review by the Competent Authority
N. | Competent Authority Decision | Authorised
N. | Date of Competent Authority Decision | 2019-05-02
N. | Ethics Committee Opinion of the trial application | Favourable
N. | Date of Ethics Committee Opinion | 2019-04-30
= P. End of Trial
P. | End of Trial Status | {status}
P. | Date of the global end of the trial | {ended}
"""


@dataclass
class Facts:
    """What one country's page says. `edit` changes the page's form before it is drawn."""

    status: str = "Ongoing"
    entered: str = "2019-03-01"
    subjects: str = "80"
    ended: str = ""
    results: str = ""
    edit: Callable[[str], str] = field(default=lambda form: form)


def page(country: str, facts: Facts | None = None, number: str = NUMBER) -> str:
    """Return one country's page."""
    told = facts or Facts()
    form = told.edit(FORM).format(
        authority=NAMES.get(country, country),
        number=number,
        subjects=told.subjects,
        status=told.status,
        ended=told.ended,
        br="<br>",
    )
    summary = {
        "EudraCT Number:": number,
        "Sponsor's Protocol Code Number:": "NU-17-2",
        "National Competent Authority:": NAMES.get(country, country),
        "Trial Status:": told.status,
        "Date on which this record was first entered in the EudraCT database:": told.entered,
        "Trial results": told.results,
    }
    rows = "".join(
        f'<tr><td class="cellGrey" width="35%">{label}</td><td class="cellLighterGrey">{value}</td></tr>'
        for label, value in summary.items()
    )
    return (
        "<!DOCTYPE html><html><head><title>Register</title></head><body><ul><li><a href='/'>Home</a></ul>"
        "<p>The register displays <span id=total>29253</span> trials."
        f'<table class="section summary"><thead><tr><th colspan="2"><div>Summary</div></th></tr></thead>{rows}</table>'
        '<table class="section index"><tr><td><a href="#A">A. PROTOCOL</a></td></tr></table>'
        f"{_tables(form)}</body></html>"
    )


def _tables(form: str) -> str:
    drawn, open_ = [], ""
    for line in filter(None, map(str.strip, form.splitlines())):
        cells = [cell.strip() for cell in line.split("|")]
        if line.startswith("= "):
            heading = html.escape(line[2:])
            head = f'<thead><tr><th colspan="3">{heading}</th></tr></thead>'
            drawn.append(f'{open_}<table class="section content">{head}<tbody>')
            open_ = "</tbody></table>"
        elif len(cells) == 1:
            drawn.append(f'<tr><td colspan="3" class="cellBlue">{line}</td></tr>')
        else:
            classes = ("first", "second", "third")
            tds = "".join(f'<td class="{name}">{cell}</td>' for name, cell in zip(classes, cells, strict=False))
            drawn.append(f'<tr class="tricell">{tds}</tr>')
    return "".join(drawn) + open_


POSTED = '<a href="results">View results</a>'


class Register:
    """A register on loopback: trials by number, countries by code. `broken` has answers that replace a page."""

    def __init__(self, server: RegistryServer) -> None:
        self.trials: dict[str, dict[str, Facts]] = {NUMBER: {"DE": Facts(), "PT": Facts(entered="2019-04-01")}}
        self.broken: Callable[[str, Reply], Reply | None] = lambda _path, reply: reply
        self.server = server
        server.faults = self._reply
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return self.server.url

    def _reply(self, request: Request) -> Reply | None:
        if not request.path.startswith("/ctr-search/"):
            return None
        self.asked.append(request.path)
        return self.broken(request.path, self._well(request))

    def _well(self, request: Request) -> Reply:
        if request.path == "/ctr-search/search":
            number = request.query.get("query", "").removeprefix("eudract_number:")
            return Reply(200, _list(number, self.trials.get(number, {})).encode(), "text/html;charset=UTF-8")
        *_, number, country = request.path.split("/")
        facts = self.trials.get(number, {}).get(country)
        if facts is None:
            return Reply(404, b"not here", "text/html")
        return Reply(200, page(country, facts, number).encode(), "text/html;charset=UTF-8")


def _list(number: str, countries: Mapping[str, Facts]) -> str:
    links = " ".join(f'<a href="/ctr-search/trial/{number}/{name}">{name}</a> (Ongoing)' for name in countries)
    body = f"<div>{1 if countries else 0} result(s) found for: {number}.</div><div>Trial protocol: {links}</div>"
    return f"<html><body>{body}<a href='/ctr-search/trial/2000-000000-00/DE'>another</a></body></html>"
