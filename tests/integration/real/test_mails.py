"""Mails about real consecutive versions: no code, no key, no path; a subject that fits; the trial by its name."""

from __future__ import annotations

import datetime as dt
import re
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest

from tests.integration.real.test_pairs import versions
from tests.support.channels.mail_factories import html_of, spec, text_of
from tracker.alerts.message import STEP, Alert, ReportedChange
from tracker.alerts.render.mail import mail_bytes
from tracker.alerts.render.subject import MOST
from tracker.backfill.files.item_names import names_in
from tracker.changes.detect_changes import detect_changes
from tracker.registries.ids import links_of

CODE = re.compile(r"\b[A-Z]{3,}_[A-Z]{3,}|\b(?:sites|outcomes|arms|interventions|references|contacts)\.[a-z0-9]")
KEY = re.compile(r"\b[a-z0-9]+(?:-[a-z0-9]+){3,}\b")
"""A slug of four words or more."""


def told(pair: dict[str, Any], data: Path) -> tuple[ReportedChange, ...]:
    """All that happened between the two versions of a pair, bookkeeping included, as a channel of people gets it."""
    (old, _), (new, _) = versions(data, pair)
    events = detect_changes(old, new, dt.date.fromisoformat(pair["vh"][1]))
    documents = [old.document(), new.document()]
    shared = {"trial": new.trial, "effective": pair["vh"][1], "observed_at": "2026-11-02T14:30:00Z"}
    found = []
    for seq, event in enumerate(orjson.loads(msgspec.json.encode(events))):
        names = names_in(documents, [it["field"] for it in event["fields"]])
        change = {**shared, **event, "seq": seq, "id": f"evt_{seq}"}
        title, acronym = new.title.brief or "", new.title.acronym or ""
        found.append(ReportedChange(change, title, *links_of(new.trial)[:2], acronym, names))
    return tuple(found)


@pytest.mark.fault("R-C7")
def test_mails_about_real_changes_are_in_words(real_data: Path) -> None:
    mails = 0
    for pair in orjson.loads((real_data / "pairs.json").read_bytes()):
        changes = told(pair, real_data)
        if not changes:
            continue
        kind = STEP if len(changes) > 1 else str(changes[0].change["kind"])
        alert = Alert("msg_a", kind, "me", ("r",), changes, len(changes), "s", dt.datetime(2026, 11, 2, tzinfo=dt.UTC))
        mail: Any = message_from_bytes(mail_bytes(alert, spec(25)), policy=policy.default)
        assert len(mail["Subject"]) <= MOST and f"({changes[0].trial})" in mail["Subject"]
        assert "…" not in mail["Subject"]
        raw = orjson.dumps([it.change["fields"] for it in changes]).decode()
        for body in (text_of(mail), html_of(mail).partition("<body")[2]):
            assert not CODE.search(body), (changes[0].trial, CODE.search(body))
            keys = set(KEY.findall(body)) & {it for it in KEY.findall(raw) if f".{it}" in raw}
            assert not keys, (changes[0].trial, keys)
        mails += 1
    assert mails > 20
