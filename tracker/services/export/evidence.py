"""A change with everything it is based on, as one zip file: for an audit, a paper, or a dispute.

The bundle holds both raw documents, with exactly the bytes that were hashed, and a manifest. The manifest says which
versions they are, when we held them, and where they and the change stand in the store's chains. The same change always
gives the same bytes.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import orjson
from sqlmodel import Session

from storage.documents import documents
from storage.documents.read_documents import load
from storage.files.atomic_files import placed
from storage.polling import runs
from storage.reads.in_session import SessionReader
from storage.tables.models import EventRow, SnapshotRow
from storage.versions import history
from tracker import __version__
from tracker.backfill.stored_records import record_of
from tracker.errors import UsageError
from tracker.recording.instants import instant_out
from tracker.recording.row_mapping import change_object
from tracker.records.json_objects import JsonObject

__all__ = ["write_evidence"]

_STAMP = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the bundle: the earliest that a zip can hold."""
_README = """This bundle was written by trialwatch from its store. It shows one change of a registry's record.

manifest.json   the change, the two versions, their hashes, when each was first held, and their places in the chains
before.json     the registry's record before, as canonical JSON (UTF-8, sorted keys, no white space)
after.json      the record after
SHA256SUMS      check with: sha256sum -c SHA256SUMS

The SHA-256 of before.json and after.json are those the store keeps ("raw_sha256"). "chain" is the hash that binds a row
to all rows before it. An anchor of the store from that time holds the last: trialwatch verify --write-anchor FILE
"""


def write_evidence(session: Session, seq: int, to: Path, *, force: bool = False) -> JsonObject:
    """Write the bundle of the change `seq` to a new file, and return the manifest. `force` replaces a file.

    Raise UsageError if there is no such change, or if it is not about a version. Raise StoreRefused for the file.
    """
    event = history.event(session, str(seq))
    if event is None:
        raise UsageError(f"There is no change {seq}. See which there are: trialwatch changes", subject=str(seq))
    fields = history.fields_of(session, [seq])[seq]
    versions = {
        "before": _version(session, event, event.from_version),
        "after": _version(session, event, event.to_version),
    }
    raws = {side: load(SessionReader(session), it.raw_sha256) for side, it in versions.items() if it is not None}
    if not raws:
        raise UsageError(
            f"Change {seq} ({event.kind}) is not about a version of a trial: no document shows it", subject=str(seq)
        )
    manifest = {
        "format": "trialwatch-evidence-1",
        "written_by": f"trialwatch {__version__}",
        "store": history.store(session).store_id,
        "change": change_object(event, fields) | {"previous": event.previous, "chain": event.chain},
        **{side: None if it is None else _side(session, it, side) for side, it in versions.items()},
    }
    files = {
        "README.txt": _README.encode(),
        "manifest.json": orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n",
    }
    files |= {f"{side}.json": raw for side, raw in raws.items()}
    sums = "".join(f"{documents.digest(data)}  {name}\n" for name, data in files.items())
    with placed(to, force=force) as beside:
        _zip(beside, {**files, "SHA256SUMS": sums.encode()})
    return manifest


def _version(session: Session, event: EventRow, number: int | None) -> SnapshotRow | None:
    return None if number is None or not event.trial else history.snapshot(session, event.trial, number)


def _side(session: Session, version: SnapshotRow, side: str) -> JsonObject:
    run = None if version.run is None else runs.get(session, version.run)
    laid = next(it for it in history.timeline(session, version.trial) if it.version == version.version)
    return {
        "file": f"{side}.json",
        "trial": version.trial,
        "version": version.version,
        "registry_version": version.registry_version,
        "url": record_of(SessionReader(session), version).url,
        "source": version.source,
        "effective": laid.effective,
        "effective_basis": laid.effective_basis,
        "first_held_at": instant_out(version.observed_at),
        "fetched_between": None if run is None else [instant_out(run.started_at), instant_out(run.finished_at)],
        "registry_data": None if run is None else run.data_timestamp,
        "raw_sha256": version.raw_sha256,
        "content_sha256": version.content_hash,
        "previous": version.previous,
        "chain": version.chain,
    }


def _zip(path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as bundle:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            bundle.writestr(entry, data)
