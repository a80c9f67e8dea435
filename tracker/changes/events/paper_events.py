"""Events of the papers that a record refers to, and of the documents beside it. Pure.

A reference has a kind: BACKGROUND (read before the trial), RESULT (its results, says the sponsor) or DERIVED (found by
the registry in PubMed, because it names the trial). A paper with the results is the one that readers wait for.
"""

from __future__ import annotations

from collections.abc import Sequence

from storage.values.severity import Severity
from tracker.changes.event import Event, make_event
from tracker.changes.field_change import FieldChange
from tracker.changes.fields import ADMIN
from tracker.changes.gravity import in_order
from tracker.changes.wording.words import count_of, listed
from tracker.records.citation import title_of
from tracker.records.trial import Reference, TrialRecord

__all__ = ["documents", "paper_name", "references", "retracted"]

Changes = Sequence[FieldChange]
RESULT = "RESULT"
_OTHER = ""
_ADDED = {
    RESULT: "with results",
    "DERIVED": "naming the trial",
    "BACKGROUND": "as background",
}
"""Kind of reference -> what such a paper is to the trial, most interesting first."""
_IS = {RESULT: "its results", "DERIVED": "a paper naming the trial", "BACKGROUND": "background"}


def paper_name(paper: Reference) -> str:
    """Return the title of a paper, else its citation, else its PubMed number."""
    citation = paper.citation or ""
    return title_of(citation) or citation or (f"PubMed {paper.pmid}" if paper.pmid else "(no name)")


def documents(changes: Changes, _before: TrialRecord, _after: TrialRecord) -> list[Event]:
    """Return events of documents. Additions are news, removals are housekeeping."""
    added = [change for change in changes if change.before is None]
    removed = [change for change in changes if change.after is None]
    events = []
    if added:
        labels = [change.after.get("label") or change.after.get("filename") or "" for change in added]
        sentence = f"{count_of(len(added), 'document')} added: {listed(labels)}"
        events.append(make_event("document.added", Severity.MINOR, sentence, added))
    return [*events, *_gone(removed, "document")]


def _gone(removed: Changes, thing: str) -> list[Event]:
    return [make_event(ADMIN, Severity.ADMIN, f"{count_of(len(removed), thing)} removed", removed)] if removed else []


def references(changes: Changes, _before: TrialRecord, after: TrialRecord) -> list[Event]:
    """Return events of added papers and of changed kinds. A paper with results is major."""
    added = [change for change in changes if change.before is None and len(change.path) == 2]
    removed = [change for change in changes if change.after is None and len(change.path) == 2]
    turns = [change for change in changes if len(change.path) > 2]
    telling = [change for change in turns if RESULT in (change.before, change.after)]
    quiet = [change for change in turns if change not in telling]
    sentences = _added([after.references[change.path[1]] for change in added])
    sentences |= _turned(telling, after)
    events = []
    if sentences:
        severity = Severity.MAJOR if {"results", "turned"} & sentences.keys() else Severity.MINOR
        events.append(
            make_event("reference.added", severity, "; ".join(in_order("reference.added", sentences)), added + telling)
        )
    if quiet:
        events.append(make_event(ADMIN, Severity.ADMIN, f"{count_of(len(quiet), 'reference')} of another kind", quiet))
    return [*events, *_gone(removed, "reference")]


def _added(papers: Sequence[Reference]) -> dict[str, str]:
    names = [paper_name(paper) for paper in papers]
    parts: dict[str, list[str]] = {"results": [], "added": []}
    for kind in (*_ADDED, _OTHER):
        own = [name for name, paper in zip(names, papers, strict=True) if kind == _kind_of(paper)]
        what = f" {_ADDED[kind]}" if kind in _ADDED else ""
        if own:
            place = "results" if kind == RESULT else "added"
            parts[place].append(f"{count_of(len(own), 'reference')} added{what}: {listed(own, among=names)}")
    return {what: "; ".join(sentences) for what, sentences in parts.items() if sentences}


def _kind_of(paper: Reference) -> str:
    return paper.type if paper.type in _ADDED else _OTHER


def _turned(changes: Changes, after: TrialRecord) -> dict[str, str]:
    """Return sentences for papers that became results, and for papers that are results no more."""
    sentences = {}
    came = [change for change in changes if change.after == RESULT]
    went = [change for change in changes if change.after != RESULT]
    if came:
        sentences["turned"] = f"{_referred(came)} now cited as its results{_was(came)}: {_names(came, after)}"
    if went:
        sentences["withdrawn"] = f"{_referred(went)} no longer cited as its results: {_names(went, after)}"
    return sentences


def _referred(changes: Changes) -> str:
    return "Reference" if len(changes) == 1 else f"{len(changes):,} references"


def _was(changes: Changes) -> str:
    kinds = {change.before for change in changes}
    [kind] = kinds if len(kinds) == 1 else [None]
    return f" (was {_IS[kind]})" if kind in _IS else ""


def _names(changes: Changes, after: TrialRecord) -> str:
    return listed([paper_name(after.references[change.path[1]]) for change in changes])


def retracted(changes: Changes, _before: TrialRecord, after: TrialRecord) -> list[Event]:
    """Return the event of a retraction noted beside a reference. It is housekeeping if a note was only removed."""
    if all(change.path[2] == "retraction_pmids" for change in changes):
        return [make_event(ADMIN, Severity.ADMIN, "Number of a retraction changed beside a reference", changes)]
    keys = dict.fromkeys(change.path[1] for change in changes if change.after)
    papers = [paper_name(after.references[key]) for key in keys]
    if not papers:
        return [make_event(ADMIN, Severity.ADMIN, "Retraction no longer noted beside a reference", changes)]
    thing = "Reference" if len(papers) == 1 else "References"
    return [make_event("reference.retracted", Severity.MAJOR, f"{thing} retracted: {listed(papers)}", changes)]
