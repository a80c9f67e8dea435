"""Records of a registry that means harm, or has no measure: markup, bidi, one word without end, 600 places, 1.2 MB.

No record is a real one. Each `TRIAL_...` says what is wrong with it.
"""

from __future__ import annotations

import copy
import json
from datetime import date, timedelta
from typing import Any

from tests.support.registry.embedded_registry import Study, study

__all__ = [
    "CHINESE",
    "LONG_WORD",
    "MARKUP",
    "NASTY",
    "TAG",
    "TRIAL_BARE",
    "TRIAL_CHINESE",
    "TRIAL_GONE",
    "TRIAL_LATE",
    "TRIAL_LONG",
    "TRIAL_MARKUP",
    "TRIAL_RESULTS",
    "TRIAL_RETURNED",
    "TRIAL_UNREADABLE",
    "hostile_history",
    "hostile_records",
    "move_on",
]

TRIAL_MARKUP, TRIAL_RESULTS, TRIAL_LONG, TRIAL_CHINESE, TRIAL_BARE = [f"NCT0900000{number}" for number in range(1, 6)]
TRIAL_GONE, TRIAL_LATE, TRIAL_RETURNED, TRIAL_UNREADABLE = [f"NCT0900000{number}" for number in range(6, 10)]

MARKUP = "<script>alert(1)</script>\"><img src=x onerror=alert(2)>'</title><style>*{display:none}</style>{{7*7}}"
BIDI = "\u202eturned around\u202c \u2066held apart\u2069 no\u200bwidth\u200d \ufeffmark, e\u0301\u0323\u0302\u0334"
LONG_WORD = "Pneumonoultramicroscopicsilicovolcanoconiosis" * 40
CHINESE = "肝细胞癌患者在非根治性治疗后达到临床完全缓解的观察等待与手术治疗对比研究"
LONG_TITLE = ("A trial whose title does not end, because somebody pasted its protocol into it, " * 63)[:5000]
NASTY = f"{MARKUP} {BIDI} {CHINESE}"
TAG = '<b onclick=alert(5)>"&amp;&#39; 标签 a/b?c#d'
PLACES, ARMS, OUTCOMES, VERSIONS = 600, 12, 30, 60
_TERMS = 1400
_FIRST = date(2021, 3, 1)


def hostile_records() -> list[Study]:
    """Return all records as the registry has them at first."""
    return [_markup(), _results(), _long(), _chinese(), study(TRIAL_BARE), _gone(), _late(), _returned(), _unreadable()]


def hostile_history() -> list[Study]:
    """Return the versions of the trial with markup, the oldest first. Dates slip, people are added, places come."""
    last = _markup()["protocolSection"]
    kept = ("identificationModule", "statusModule", "sponsorCollaboratorsModule", "designModule")
    versions = []
    for number in range(VERSIONS):
        made = {**copy.deepcopy({name: last[name] for name in kept}), "contactsLocationsModule": {}}
        day = (_FIRST + timedelta(days=30 * number)).isoformat()
        status = made["statusModule"]
        status["lastUpdateSubmitDate"] = day
        status["lastUpdatePostDateStruct"] = {"date": day, "type": "ACTUAL"}
        status["overallStatus"] = ("NOT_YET_RECRUITING", "RECRUITING", "SUSPENDED", "RECRUITING")[number % 4]
        status["completionDateStruct"] = {"date": f"{2026 + number // 6}-{1 + number % 12:02}", "type": "ESTIMATED"}
        made["designModule"]["enrollmentInfo"] = {"count": 100 + number * 17, "type": "ESTIMATED"}
        made["contactsLocationsModule"]["locations"] = _places(number + 1)
        made["identificationModule"]["briefTitle"] = f"{MARKUP} as of version {number}"
        versions.append({"protocolSection": made})
    return [*versions, {"protocolSection": last}]


def move_on(records: dict[str, Study], day: str) -> None:
    """Change what the registry says, on a day: statuses, titles, criteria, dates, results."""
    for trial in (TRIAL_MARKUP, TRIAL_LONG, TRIAL_CHINESE, TRIAL_LATE):
        protocol = records[trial]["protocolSection"]
        protocol["statusModule"] |= {
            "lastUpdateSubmitDate": day,
            "lastUpdatePostDateStruct": {"date": day, "type": "ACTUAL"},
            "overallStatus": "TERMINATED",
            "whyStopped": f"{NASTY} {LONG_WORD[:300]}",
        }
        protocol["identificationModule"]["officialTitle"] = f"New: {NASTY} {LONG_WORD}"
        protocol["eligibilityModule"] = {"eligibilityCriteria": f"Inclusion Criteria:\n\n* {LONG_WORD}\n* {NASTY}\n"}
        protocol["sponsorCollaboratorsModule"]["leadSponsor"]["name"] = f"{CHINESE} {MARKUP}"
    misc = records[TRIAL_RETURNED]["derivedSection"]["miscInfoModule"]
    misc["submissionTracking"] = {
        "submissionInfos": [{"releaseDate": "2026-06-01", "resetDate": "2026-07-01"}, {"releaseDate": day}]
    }


def _base(trial: str, title: str, **status: Any) -> Study:
    made = study(trial, **status)
    made["protocolSection"]["identificationModule"]["briefTitle"] = title
    made["protocolSection"] |= {
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": f"{MARKUP} University", "class": "OTHER"}},
        "designModule": {
            "studyType": "INTERVENTIONAL",
            "phases": ["PHASE1", "PHASE2"],
            "enrollmentInfo": {"count": 1_234_567, "type": "ESTIMATED"},
        },
    }
    return made


def _places(count: int) -> list[dict[str, Any]]:
    countries = ("China", "France", "Côte d'Ivoire", MARKUP, "")
    made = []
    for number in range(count):
        place = {
            "facility": f"Place {number} {MARKUP if number % 50 == 0 else 'Hospital'}",
            "city": f"City{number}",
            "status": ("RECRUITING", "WITHDRAWN", "COMPLETED")[number % 3],
        }
        if number == 7:
            place["facility"] = LONG_WORD
        if country := countries[number % len(countries)]:
            place["country"] = country
        made.append(place)
    return made


def _outcome(number: int) -> dict[str, str]:
    return {
        "measure": f"{number}. {LONG_WORD if number == 2 else 'How many'} {NASTY}",
        "timeFrame": f"{number} months {MARKUP}",
        "description": f"{NASTY}\n\n* {LONG_WORD}\n* two",
    }


def _markup() -> Study:
    """Return a record in which every text is markup: 600 places, 12 arms, 30 outcomes, links to nowhere good."""
    made = _base(TRIAL_MARKUP, f"{MARKUP} as of today", updated="2026-08-01", whyStopped=NASTY)
    made["protocolSection"]["identificationModule"] |= {
        "officialTitle": f"{NASTY} {LONG_WORD}",
        "acronym": MARKUP,
        "orgStudyIdInfo": {"id": MARKUP},
        "secondaryIdInfos": [{"id": f"{LONG_WORD} {number}", "type": "OTHER", "domain": MARKUP} for number in range(9)],
    }
    made["protocolSection"]["designModule"]["designInfo"] = {
        "allocation": "RANDOMIZED",
        "interventionModel": "PARALLEL",
        "interventionModelDescription": NASTY,
        "maskingInfo": {"masking": "DOUBLE", "maskingDescription": LONG_WORD, "whoMasked": ["PARTICIPANT"]},
    }
    arms = [f"Arm {number} {MARKUP}" for number in range(ARMS)]
    made["protocolSection"] |= {
        "descriptionModule": {"briefSummary": f"{NASTY}\n\n{LONG_WORD}", "detailedDescription": NASTY * 200},
        "conditionsModule": {"conditions": [NASTY, LONG_WORD, CHINESE], "keywords": [MARKUP] * 3},
        "armsInterventionsModule": {
            "armGroups": [
                {
                    "label": arm,
                    "type": "EXPERIMENTAL",
                    "description": f"{NASTY} {LONG_WORD}",
                    "interventionNames": [f"Drug: {MARKUP}"],
                }
                for arm in arms
            ],
            "interventions": [
                {
                    "type": "DRUG",
                    "name": MARKUP,
                    "description": LONG_WORD,
                    "armGroupLabels": arms,
                    "otherNames": [NASTY],
                }
            ],
        },
        "outcomesModule": {
            "primaryOutcomes": [_outcome(number) for number in range(5)],
            "secondaryOutcomes": [_outcome(number) for number in range(5, OUTCOMES)],
        },
        "eligibilityModule": {
            "eligibilityCriteria": f"Inclusion Criteria:\n\n* {NASTY}\n* {LONG_WORD}\n\nExclusion Criteria:\n\n* A",
            "minimumAge": MARKUP,
            "sex": "ALL",
        },
        "contactsLocationsModule": {
            "locations": _places(PLACES),
            "overallOfficials": [{"name": MARKUP, "affiliation": LONG_WORD, "role": "STUDY_CHAIR"}],
        },
        "referencesModule": {
            "references": [{"pmid": "1/../../evil", "type": "RESULT", "citation": f"{NASTY} {LONG_WORD}"}],
            "seeAlsoLinks": [
                {"label": f"A bad link {MARKUP}", "url": "javascript:alert(3)"},
                {"label": "Data", "url": "data:text/html,<script>alert(4)</script>"},
                {"label": "Another", "url": f'https://example.org/{LONG_WORD}?a="><script>'},
                {"url": f"https://example.org/{LONG_WORD}"},
            ],
        },
        "ipdSharingStatementModule": {"ipdSharing": "YES", "description": NASTY},
    }
    return made


def _long() -> Study:
    made = _base(TRIAL_LONG, LONG_TITLE, updated="2026-07-30")
    made["protocolSection"]["sponsorCollaboratorsModule"]["leadSponsor"]["name"] = LONG_WORD
    made["protocolSection"]["descriptionModule"] = {"briefSummary": LONG_TITLE}
    return made


def _chinese() -> Study:
    made = _base(TRIAL_CHINESE, CHINESE * 4, updated="2026-07-29")
    made["protocolSection"] |= {
        "descriptionModule": {"briefSummary": CHINESE * 40, "detailedDescription": CHINESE * 100},
        "conditionsModule": {"conditions": [CHINESE], "keywords": ["肝癌"]},
        "contactsLocationsModule": {"locations": [{"facility": CHINESE, "city": "广州", "country": "China"}]},
    }
    made["protocolSection"]["sponsorCollaboratorsModule"]["leadSponsor"]["name"] = "中山大学"
    return made


def _gone() -> Study:
    return _base(TRIAL_GONE, f"Gone {MARKUP}")


def _late() -> Study:
    """Return a trial whose results a law has asked for since long ago."""
    dates = {
        f"{name}DateStruct": {"date": day, "type": "ACTUAL"}
        for name, day in (("start", "2017-03-01"), ("primaryCompletion", "2019-01-15"), ("completion", "2019-06-30"))
    }
    made = _base(TRIAL_LATE, f"Late {NASTY}", overallStatus="COMPLETED", **dates)
    made["protocolSection"] |= {
        "oversightModule": {"isFdaRegulatedDrug": True, "isFdaRegulatedDevice": False},
        "armsInterventionsModule": {"interventions": [{"type": "DRUG", "name": "A drug"}]},
        "contactsLocationsModule": {"locations": [{"facility": "F", "city": "Boston", "country": "United States"}]},
    }
    made["protocolSection"]["designModule"]["phases"] = ["PHASE2"]
    return made


def _returned() -> Study:
    made = _late()
    made["protocolSection"]["identificationModule"] |= {"nctId": TRIAL_RETURNED, "briefTitle": f"Sent back {LONG_WORD}"}
    rounds = [{"releaseDate": "2026-06-01", "resetDate": "2026-07-01"}]
    made["derivedSection"]["miscInfoModule"]["submissionTracking"] = {"submissionInfos": rounds}
    return made


def _unreadable() -> Study:
    """Return what cannot be a record: its status is a list."""
    return _base(TRIAL_UNREADABLE, "Cannot be read", overallStatus=[MARKUP])


def _results() -> Study:
    """Return a record with results of 1.2 MB: 12 arms, 30 measures, 1,400 terms of harm."""
    made = _base(TRIAL_RESULTS, f"With results {MARKUP}", overallStatus="COMPLETED")
    made["protocolSection"]["outcomesModule"] = {
        "primaryOutcomes": [_outcome(0)],
        "secondaryOutcomes": [_outcome(number) for number in range(1, OUTCOMES)],
    }
    made["protocolSection"]["statusModule"] |= {
        "completionDateStruct": {"date": "2025-01-01", "type": "ACTUAL"},
        "resultsFirstPostDateStruct": {"date": "2026-01-10", "type": "ACTUAL"},
        "resultsFirstSubmitDate": "2026-01-02",
    }
    made["hasResults"] = True
    made["resultsSection"] = {
        "participantFlowModule": {
            "groups": _groups("FG"),
            "periods": [
                {
                    "title": NASTY,
                    "milestones": [
                        {
                            "type": step,
                            "achievements": [{"groupId": f"FG{it:03}", "numSubjects": "100"} for it in range(ARMS)],
                        }
                        for step in ("STARTED", MARKUP, "COMPLETED")
                    ],
                }
            ],
        },
        "baselineCharacteristicsModule": {
            "groups": _groups("BG"),
            "denoms": _denoms("BG"),
            "measures": [
                {
                    "title": f"Age {MARKUP}",
                    "paramType": "MEAN",
                    "dispersionType": "STANDARD_DEVIATION",
                    "unitOfMeasure": LONG_WORD,
                    "classes": [{"categories": [{"measurements": _cells("BG", spread="9.8")}]}],
                }
            ],
        },
        "outcomeMeasuresModule": {"outcomeMeasures": [_measure(number) for number in range(OUTCOMES)]},
        "adverseEventsModule": _harms(),
        "moreInfoModule": {"limitationsAndCaveats": {"description": f"{NASTY} {LONG_WORD}"}},
    }
    assert len(json.dumps(made, ensure_ascii=False).encode()) > 1_200_000
    return made


def _groups(kind: str) -> list[dict[str, str]]:
    names = [LONG_WORD if it == 3 else f"Group {it} {MARKUP if it % 2 else CHINESE}" for it in range(ARMS)]
    return [{"id": f"{kind}{it:03}", "title": name, "description": NASTY} for it, name in enumerate(names)]


def _denoms(kind: str) -> list[dict[str, Any]]:
    return [{"units": "Participants", "counts": [{"groupId": f"{kind}{it:03}", "value": "100"} for it in range(ARMS)]}]


def _cells(kind: str, **more: str) -> list[dict[str, str]]:
    return [{"groupId": f"{kind}{it:03}", "value": f"{12.5 + it}", **more} for it in range(ARMS)]


def _measure(number: int) -> dict[str, Any]:
    outcome = _outcome(number)
    return {
        "type": "PRIMARY" if number == 0 else "SECONDARY",
        "title": outcome["measure"],
        "timeFrame": outcome["timeFrame"],
        "description": outcome["description"],
        "reportingStatus": "POSTED",
        "paramType": "MEDIAN",
        "dispersionType": "95% Confidence Interval",
        "unitOfMeasure": MARKUP,
        "groups": _groups("OG"),
        "denoms": _denoms("OG"),
        "classes": [
            {
                "title": f"Class {part} {MARKUP}",
                "categories": [{"title": f"{it}", "measurements": _cells("OG", lowerLimit="1e-9", upperLimit="1e12")}],
            }
            for part in range(6)
            for it in range(2)
        ],
        "analyses": [
            {
                "groupIds": ["OG000", "OG001"],
                "paramType": kind,
                "paramValue": "0.58",
                "ciPctValue": "95",
                "ciNumSides": "TWO_SIDED",
                "ciLowerLimit": "0.0001",
                "ciUpperLimit": "98000",
                "pValue": "<0.0001",
                "groupDescription": NASTY,
            }
            for kind in ("Hazard Ratio (HR)", "Odds Ratio (OR)", MARKUP)
        ],
    }


def _harms() -> dict[str, Any]:
    stats = [{"groupId": f"EG{it:03}", "numAffected": 1, "numAtRisk": 100} for it in range(ARMS)]
    events = [
        {"term": f"Term {it} {MARKUP if it % 100 == 1 else ''}", "organSystem": f"System {it % 20}", "stats": stats}
        for it in range(_TERMS)
    ]
    counted = {
        f"{kind}Num{part}": 5 if part == "Affected" else 100
        for kind in ("serious", "other", "deaths")
        for part in ("Affected", "AtRisk")
    }
    return {
        "frequencyThreshold": "0",
        "timeFrame": NASTY,
        "eventGroups": [{**group, **counted} for group in _groups("EG")],
        "seriousEvents": events[: _TERMS // 2],
        "otherEvents": events[_TERMS // 2 :],
    }
