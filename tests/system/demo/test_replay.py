"""The demo: the whole program against the embedded registry, and what it tells a person."""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64encode
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from tests.support.program.program import ROOT, Program
from tracker.demo.receivers import receivers
from tracker.demo.replay import LIKE, Day, replay
from tracker.demo.story import SEED, STORY

TOLD = [
    ("2022-04-27", "trial.first_seen"),
    ("2022-05-16", "date.start_changed"),
    ("2022-05-16", "site.status_changed"),
    ("2022-05-16", "status.changed"),
    ("2023-09-12", "date.completion_changed"),
    ("2024-11-05", "date.completion_changed"),
    ("2025-06-10", "site.status_changed"),
    ("2025-06-10", "status.changed"),
    ("2026-01-15", "date.completion_changed"),
    ("2026-01-15", "enrollment.actual_reported"),
    ("2026-01-15", "status.changed"),
    ("2026-11-18", "results.submitted"),
    ("2026-12-16", "results.returned"),
    ("2027-01-11", "results.submitted"),
    ("2027-03-08", "results.posted"),
    ("2027-04-12", "results.measure_changed"),
]
"""All that is to be told of the trial the project began with, but for its wording and update dates."""
NOISE = date(2026, 3, 2)


@pytest.fixture(scope="session")
def days(tmp_path_factory: pytest.TempPathFactory) -> list[Day]:
    return list(replay(STORY, tmp_path_factory.mktemp("replay")))


def test_the_trial_s_story_is_told_event_by_event(days: list[Day]) -> None:
    seed = [change for day in days for change in day.changes if change["trial"] == SEED]
    told = [(change["effective"], change["kind"]) for change in seed if change["severity"] != "admin"]
    assert sorted(told) == TOLD
    for day in days:
        assert all(change["observed_at"].startswith(day.day.isoformat()) for change in day.changes)


def test_a_day_of_noise_and_a_quiet_day_tell_nothing(days: list[Day]) -> None:
    silent = [day for day in days if not day.changes]
    assert NOISE in {day.day for day in silent} and any(not day.notes for day in silent)
    assert all(day.requests <= 3 for day in days)


def test_the_program_never_accuses_its_own_registry(days: list[Day]) -> None:
    assert [change["summary"] for day in days for change in day.changes if change["kind"].startswith("ops.")] == []


def test_the_results_reach_a_program_and_a_person(days: list[Day]) -> None:
    """By a real webhook and a real mail, to receivers of the demo's own; of nothing else anybody is told."""
    told = [day for day in days if day.hooks or day.mails]
    assert [day.day.isoformat() for day in told] == [
        *("2026-11-18", "2026-12-16", "2027-01-11", "2027-03-08", "2027-04-12")
    ]
    for day in told:
        [hook], [mail] = day.hooks, day.mails
        [change] = [it for it in day.changes if it["trial"] == SEED and it["kind"].startswith("results.")]
        said = json.loads(hook.body)
        assert (said["type"], said["data"]["id"], said["data"]["title"] != "") == (change["kind"], change["id"], True)
        assert hook.verified
        text = mail.get_body(("plain",))
        assert text is not None and change["summary"] in text.get_content()
        assert f" ({SEED})" in mail["Subject"] and mail["Subject"].startswith(("Results ", "Primary result "))
        assert mail.get_body(("html",)) is not None


def test_a_webhook_that_is_not_ours_is_not_taken_for_ours() -> None:
    secret = f"whsec_{b64encode(b'a secret of two and thirty bytes').decode()}"
    signed = Webhook(secret).sign("msg_a", datetime(2027, 3, 8, tzinfo=UTC), '{"a": 1}')
    with receivers(secret) as received:
        for body, signature in (('{"a": 1}', signed), ('{"a": 2}', signed), ('{"a": 1}', f"v1,nonsense {signed}")):
            data_timestamp = str(int(datetime(2027, 3, 8, tzinfo=UTC).timestamp()))
            headers = {"webhook-id": "msg_a", "webhook-timestamp": data_timestamp, "webhook-signature": signature}
            httpx.post(f"http://127.0.0.1:{received.hook_port}/", content=body, headers=headers, trust_env=False)
    assert [hook.verified for hook in received.hooks] == [True, False, True]


GUARD = """
import socket, sys
def guard(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple) and arguments[1][0] != "127.0.0.1":
        raise RuntimeError(f"left the machine: {arguments[1]}")
sys.addaudithook(guard)
from tracker.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_the_demo_from_a_shell(tmp_path: Path) -> None:
    """It ends, marks the days that matter, says what is invented, and asks no other machine."""
    home = tmp_path / "kept"
    program = Program(home)
    words = [sys.executable, "-c", GUARD, "demo", "--keep", str(home)]
    own = {"TRIALWATCH_HOME": str(tmp_path / "mine"), "TRIALWATCH_TEST_CLOCK": ""}
    environment = program.environment(own)
    run = subprocess.run(words, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    for mark in (
        "RESULTS SUBMITTED: 2026-11-18",
        "RESULTS SENT BACK: 2026-12-16",
        "RESULTS SUBMITTED: 2027-01-11",
        "RESULTS POSTED: 2027-03-08",
        "RESULTS CORRECTED: 2027-04-12",
    ):
        assert f">>> {mark} <<<" in run.stdout
    assert "invented" in run.stdout and "nothing to tell (noise only" in run.stdout
    assert run.stdout.count("told by webhook msg_") == 5 and run.stdout.count("(signature right)") == 5
    hook, mail, correction = run.stdout.partition("What a program got on 2027-03-08")[2].split("What a person got")
    assert "The receiver checked the signature: right" in hook and '{"type":"results.posted"' in hook
    assert "Subject: Results posted: Watch and Wait and Surgical Treatment" in mail and f"({SEED})" in mail
    assert "Results first posted" in mail and "| Nobody reads" in mail
    assert "78.1 (61.0 to 88.4)" in mail and "Deaths" in mail
    assert "before: 78.1" in correction and "after:  75.4" in correction and "p-value crosses .05" in correction
    story, _, end = run.stdout.partition(f"What happened to {SEED}")
    changes, _, versions = end.partition("Its versions")
    assert f"* {SEED}" in story and changes.count("results.") == 5
    versions, _, late = versions.partition("Had you begun only on")
    late, _, alike = late.partition("The trials most like it there")
    assert alike.count("NCT") >= 4 and "subject heading Carcinoma, Hepatocellular" in " ".join(alike.split())
    for said in ("slipped 184 days", "slipped 181 days", "Actual enrollment reported: 74", "backfill"):
        assert said in " ".join(late.split()), said
    assert "every hash verified" in versions and versions.count("poll\n") + versions.count("poll ") >= 11
    assert not (tmp_path / "mine").exists(), "nothing of the person's own is touched"
    assert len(program.json("history", SEED)["versions"]) == 11
    assert program.json("results", SEED)["trials"][0]["state"] == "posted"
    letters = program.json("alerts", "outbox")["messages"]
    assert [(it["channel"], it["state"], it["attempts"]) for it in letters] == [
        ("team", "sent", 1),
        ("me", "sent", 1),
    ] * 5
    kept = f"TRIALWATCH_HOME={home} TRIALWATCH_TEST_CLOCK={home}/demo-clock trialwatch list"
    assert kept in " ".join(run.stdout.split())
    _is_shown_as_pages(home, environment)
    refused = program.run("demo", "--keep", home, expect=2)
    assert "not empty" in refused.err and str(home) in refused.err


def test_the_neighbours_are_found_by_the_search_for_similar_trials(tmp_path: Path) -> None:
    home = tmp_path / "kept"
    assert list(replay(STORY, home))
    program = Program(home)
    alike = {row["trial"] for row in program.run("list", "--tag", LIKE).lines}
    others = {row["trial"] for row in program.run("list", "--tag", "neighbour").lines}
    assert others == {"NCT05023109", "NCT06860815"}  # of the bile ducts, and of another tumour in the liver
    assert alike == set(STORY.facts) - others - {SEED}


def _is_shown_as_pages(home: Path, environment: dict[str, str]) -> None:
    """The kept store is shown with the story's own clock: a trial is as late as on the story's last day."""
    words = [sys.executable, "-m", "tracker", "demo", "--keep", str(home), "--serve", "--port", "0"]
    with subprocess.Popen(words, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            url = process.stderr.readline().split()[1]
            page = httpx.get(f"{url}trials/NCT05904886", trust_env=False, timeout=60).text
            assert "Results are 339 days late." in page
            assert "Demonstration. The trials are real." in page
        finally:
            process.terminate()
