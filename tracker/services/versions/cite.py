"""A citation of one stored version."""

from __future__ import annotations

from sqlmodel import Session

from storage.reads.in_session import SessionReader
from tracker import __version__
from tracker.api.trials import Cited
from tracker.backfill.stored_records import record_of
from tracker.recording.instants import instant_out
from tracker.records.trial import Sponsor
from tracker.registries.ids import links_of, title_of, version_page_of
from tracker.services.known_trials import known_trial
from tracker.services.versions.citation import Citation, as_bibtex, as_text
from tracker.services.versions.show import VersionChoice, pick_version

__all__ = ["cite"]

PROGRAM = f"Trialwatch {__version__}"


def cite(session: Session, wanted: str, choice: VersionChoice) -> Cited:
    """Return a citation of one version. Raise UnknownTrial if there is none, UnreadableVersion if it cannot be read."""
    trial = known_trial(SessionReader(session), wanted, pages=True)
    found = pick_version(SessionReader(session), trial, choice)
    record = record_of(SessionReader(session), found)
    page = version_page_of(trial, found.registry_version)
    observed_at = instant_out(found.observed_at)
    citation = Citation(
        trial=trial,
        version=found.version,
        author=_author(record.sponsor),
        title=record.title.official or record.title.brief or "",
        registry=title_of(record.registry),
        registry_version=found.registry_version,
        effective=found.effective,
        seen=observed_at[:10],
        url=page or links_of(trial).page,
        sha256=found.raw_sha256,
        program=PROGRAM,
    )
    return Cited(
        trial=trial,
        version=found.version,
        registry_version=found.registry_version,
        registry=citation.registry,
        title=citation.title or None,
        author=citation.author or None,
        effective=found.effective,
        observed_at=observed_at,
        source=found.source,
        url=citation.url,
        permalink=bool(page),
        sha256=found.raw_sha256,
        retrieved_with=PROGRAM,
        key=citation.key,
        text=as_text(citation),
        bibtex=as_bibtex(citation),
    )


def _author(sponsor: Sponsor) -> str:
    """Return who answers for the record, as the registry names them; "" if it names no one."""
    party = sponsor.responsible_party
    return (party.name if party else None) or sponsor.lead or sponsor.organization or ""
