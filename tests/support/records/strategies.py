"""Generated registry documents, for laws that hold for every record: odd codes, odd dates, colliding names.

`documents()` draws a decoded v2 study. `pairs()` draws two of one trial, usually a small edit apart. `shuffled` and
`dressed` do what a registry does to a record without changing its content.
"""

from __future__ import annotations

import html
import random
import re
import unicodedata
from typing import Any

from hypothesis import strategies as st

from tracker.records.text import fold

__all__ = ["disguised", "documents", "dressed", "pairs", "plain", "salted", "shuffled", "study"]

Document = dict[str, Any]

# "&" and "\" start escapes. A plain text has neither, so it means itself. Surrogates are not text.
plain = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="&\\"), max_size=10)
LONG = "progression free survival by independent central review at month "
NAMES = ["", "Overall survival", "overall SURVIVAL!", "Überleben", "生存期間", LONG + "12", LONG + "24"]
NAMES += ["unnamed", "~", "__private", "30 days", "\x00[1]", "α > β", "≯ 5", "a\n\n\n b"]
names = st.one_of(st.sampled_from(NAMES), plain)
few_names = st.sampled_from(NAMES[:7])
dates = st.sampled_from("2026-11 2026-11-30 2026-12-01 2026 0001 9999-12-31 2026-02-30 soon 2026-13".split())
days = st.sampled_from(["2026-01-05", "2026-01-09", "2026-02-01"])
codes = st.sampled_from(["ACTUAL", "ESTIMATED", "RECRUITING", "DRUG", "PHASE2", "NEVER_SEEN", ""])
counts = st.sampled_from([0, 1, 40, 48, 99_999_999])
flags = st.booleans()


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Document]:
    """Draw an object with any of these fields."""
    return st.fixed_dictionaries({}, optional=fields)


def several(item: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(item, max_size=4)


def dated() -> st.SearchStrategy[Document]:
    return some(date=dates, type=codes)


contact = some(name=few_names, role=codes, phone=names, phoneExt=names, email=few_names)
site = some(
    facility=few_names, city=few_names, zip=st.sampled_from(["", "1011"]), country=few_names, status=codes,
    contacts=several(contact), geoPoint=some(lat=counts),
)  # fmt: skip
outcome = some(measure=few_names, timeFrame=few_names, description=names)
organization = some(name=few_names, **{"class": codes})
reference = some(pmid=st.sampled_from(["1", "2"]), citation=names, retractions=several(some(source=names)))

MODULES: dict[str, st.SearchStrategy[Document]] = {
    "descriptionModule": some(briefSummary=names, detailedDescription=names),
    "conditionsModule": some(conditions=several(names), keywords=several(names)),
    "designModule": some(
        studyType=codes, phases=several(codes), enrollmentInfo=some(count=counts, type=codes),
        designInfo=some(allocation=codes, maskingInfo=some(whoMasked=several(codes))),
    ),
    "armsInterventionsModule": some(
        armGroups=several(some(label=few_names, type=codes, description=names, interventionNames=several(names))),
        interventions=several(some(name=few_names, type=codes, armGroupLabels=several(few_names))),
    ),
    "outcomesModule": some(
        primaryOutcomes=several(outcome), secondaryOutcomes=several(outcome), otherOutcomes=several(outcome)
    ),
    "eligibilityModule": some(eligibilityCriteria=names, sex=codes, stdAges=several(codes)),
    "sponsorCollaboratorsModule": some(
        leadSponsor=organization, collaborators=several(organization),
        responsibleParty=some(type=codes, investigatorFullName=names),
    ),
    "contactsLocationsModule": some(locations=several(site), centralContacts=several(contact)),
    "referencesModule": some(references=several(reference), seeAlsoLinks=several(some(url=few_names, label=names))),
    "oversightModule": some(oversightHasDmc=flags),
    "ipdSharingStatementModule": some(ipdSharing=codes, infoTypes=several(codes)),
    "moduleOfTheFuture": some(thing=st.one_of(names, several(names), some(deep=names, __private=names), counts)),
}  # fmt: skip
MORE_STATUS = some(
    whyStopped=names, lastKnownStatus=codes, startDateStruct=dated(), primaryCompletionDateStruct=dated(),
    completionDateStruct=dated(), lastUpdateSubmitDate=days, lastUpdatePostDateStruct=dated(),
    statusVerifiedDate=dates, resultsFirstSubmitDate=days, resultsFirstPostDateStruct=dated(), resultsWaived=flags,
    dispFirstSubmitDate=days, dispFirstPostDateStruct=dated(), expandedAccessInfo=some(hasExpandedAccess=flags),
)  # fmt: skip
MORE_NAMES = some(
    briefTitle=names, officialTitle=names, organization=some(fullName=names),
    secondaryIdInfos=several(some(id=few_names, type=few_names, domain=few_names)),
)  # fmt: skip
rounds = several(
    some(releaseDate=days, resetDate=days, unreleaseDate=days, unreleaseDateUnknown=flags, mcpReleaseN=counts)
)
loose_events = several(
    some(type=st.sampled_from(["RELEASE", "RESET", "UNRELEASE", "NEVER_SEEN"]), date=days, dateUnknown=flags)
)
posted = st.fixed_dictionaries(
    {"participantFlowModule": some(preAssignmentDetails=names), "moreInfoModule": st.just({"note": "kept"})}
)
STATUSES = st.sampled_from(["RECRUITING", "TERMINATED", "UNKNOWN", "COMPLETED", "NEVER_SEEN"])


def study(
    *,
    status: str = "RECRUITING",
    more_names: Document | None = None,
    more_status: Document | None = None,
    **modules: Any,
) -> Document:
    """Return a small handmade v2 study. `modules` are by the registry's names, and nothing else is in it."""
    return {
        "protocolSection": {
            "identificationModule": {"nctId": "NCT05349331", "briefTitle": "A trial"} | (more_names or {}),
            "statusModule": {"overallStatus": status} | (more_status or {}),
            "sponsorCollaboratorsModule": {"leadSponsor": {"name": "A sponsor"}},
            "designModule": {"studyType": "INTERVENTIONAL"},
        }
        | modules
    }


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Draw a readable study. It may be odd, but its id, status and shape can be read."""
    chosen = draw(st.sets(st.sampled_from(sorted(MODULES)), max_size=5))
    document = study(
        status=draw(STATUSES), more_names=draw(MORE_NAMES), more_status=draw(MORE_STATUS),
        **{name: draw(MODULES[name]) for name in sorted(chosen)},
    )  # fmt: skip
    return document | draw(_results())


@st.composite
def _results(draw: st.DrawFn) -> Document:
    if draw(flags):
        return {"hasResults": True, "resultsSection": draw(posted)}
    tracking = draw(some(submissionTracking=some(submissionInfos=rounds, estimatedResultsFirstSubmitDate=days)))
    annotation = {"annotationModule": {"unpostedAnnotation": {"unpostedEvents": draw(loose_events)}}}
    return {"derivedSection": {"miscInfoModule": tracking}, "annotationSection": annotation}


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Document, Document]:
    """Draw two versions of one trial. In the second, some modules are new, or one list item is added or removed."""
    before = draw(documents())
    how = draw(st.sampled_from(["item", "modules", "status", "results", "all"]))
    if how == "all":
        return before, draw(documents())
    protocol = dict(before["protocolSection"])
    if how == "results":
        kept = {name: part for name, part in before.items() if name == "protocolSection"}
        return before, kept | draw(_results())
    if how == "status":
        protocol["statusModule"] = {"overallStatus": draw(STATUSES)} | draw(MORE_STATUS)
    elif how == "modules":
        for name in sorted(draw(st.sets(st.sampled_from(sorted(MODULES)), min_size=1, max_size=3))):
            protocol[name] = draw(MODULES[name])
    else:
        protocol = draw(_one_item(protocol))
    return before, before | {"protocolSection": protocol}


@st.composite
def _one_item(draw: st.DrawFn, protocol: Document) -> Document:
    """Return the same with one element of one of its lists left out."""
    places = [
        (module, name)
        for module, fields in sorted(protocol.items())
        for name, value in sorted(fields.items())
        if isinstance(value, list) and value
    ]
    if not places:
        return protocol
    module, name = draw(st.sampled_from(places))
    items = list(protocol[module][name])
    del items[draw(st.integers(0, len(items) - 1))]
    return protocol | {module: protocol[module] | {name: items}}


def shuffled(value: Any, rng: random.Random) -> Any:
    """Return the same with every list in another order."""
    if isinstance(value, dict):
        return {name: shuffled(item, rng) for name, item in value.items()}
    if isinstance(value, list):
        return rng.sample([shuffled(item, rng) for item in value], len(value))
    return value


def dressed(value: Any, rng: random.Random) -> Any:
    """Return the same with every text written differently: decomposed, escaped, invisible marks, other white space."""
    if isinstance(value, dict):
        return {name: dressed(item, rng) for name, item in value.items()}
    if isinstance(value, list):
        return [dressed(item, rng) for item in value]
    return _dressed(value, rng) if isinstance(value, str) else value


UNSEEN = ["", "", "\u00ad", "\u200b", "\u2060"]


def _dressed(text: str, rng: random.Random) -> str:
    if " " in text:  # only a pasted text, not codes, dates and ids
        unseen = re.sub(r"(?<=\w)(?=\w)", lambda _: rng.choice(UNSEEN), text, count=3)
        text = rng.choice(["", "\ufeff", "\u200e"]) + unseen
    if rng.random() < 0.5:
        text = unicodedata.normalize("NFD", text)
    if rng.random() < 0.3:
        text = re.sub(r"([~>*\[\]<#_])", r"\\\1", text)
    if rng.random() < 0.5:
        text = html.escape(text)
    blank = rng.choice([" ", "\n", "\r\n", "\t ", "\u00a0", " \n\n\n\n"])
    return blank + re.sub(r"\s+", lambda _: blank, text) + blank


HIDDEN = ["\u00ad", "\u200b", "\u200e", "\u2060", "\ufeff"]
NOTHINGS = ["", " \n", "\u200b", "&#8203;", "\u00ad \u2060"]
SALT = [
    *NOTHINGS,
    "&nbsp;",
    "&amp;lt; 5",
    "&l\u200bt; 5",
    "&lt; 5",
    "< 5",
    "\u202e5",
    "a\\\\*b",
    "Over\u00adall  life",
]


def salted(value: Any, rng: random.Random) -> Any:
    """Return another document, with some texts that are already written differently or have no visible characters."""
    if isinstance(value, dict):
        return {
            name: rng.choice(SALT) if isinstance(item, str) and _may_say_anything(name) and rng.random() < 0.3
            else salted(item, rng)
            for name, item in value.items()
        }  # fmt: skip
    return [salted(item, rng) for item in value] if isinstance(value, list) else value


def _may_say_anything(name: str) -> bool:
    return name not in ("nctId", "overallStatus")


def disguised(value: Any, rng: random.Random) -> Any:
    """Return the same content as different as possible: everything that the content hash ignores may change.

    Lists are in another order. Every text is rewritten, with invisible marks anywhere in it. Empty values replace other
    empty values. Another city stands beside a postcode.
    """
    if isinstance(value, dict):
        disguise = {name: disguised(item, rng) for name, item in value.items()}
        if isinstance(value.get("zip"), str):
            # The hash asks whether the raw postcode is blank, so one that says nothing stays as it is.
            disguise["zip"] = disguise["zip"] if fold(value["zip"]) else value["zip"]
            if value["zip"].strip():
                disguise["city"] = rng.choice(["Lyon", "Lyons", "", "\u200b"])
        return disguise
    if isinstance(value, list):
        return rng.sample([disguised(item, rng) for item in value], len(value))
    return _rewritten(value, rng) if isinstance(value, str) else value


def _rewritten(text: str, rng: random.Random) -> str:
    meaning = fold(text)
    if not meaning:
        return rng.choice(NOTHINGS)
    marked = "".join(letter + (rng.choice(HIDDEN) if rng.random() < 0.2 else "") for letter in meaning)
    marked = marked.replace("\\", "\\\\")
    if rng.random() < 0.5:
        return html.escape(marked)
    return marked.replace("&", "&amp;").replace(" ", rng.choice([" ", "\n\n", "&nbsp;\t"]))
