"""alerts check, test, outbox, retry, mute, purge: as a person runs them, with real receivers behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.channels.alert_harness import SECRET, rule
from tests.support.channels.alert_setup import ONE, OTHER, TWO, Alerting, alerting
from tests.support.program.program import Program

MESSAGE = {"key", "channel", "kind", "state", "attempts", "next_attempt_at", "last_error"}
HOOK = '[[channel]]\nname = "team"\ntype = "webhook"\nsecret_env = "HOOK_SECRET"\nurl = "{url}"\n'


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Alerting]:
    with alerting(tmp_path) as found:
        yield found


def test_a_right_file_is_told_in_words_without_its_secrets(harness: Alerting) -> None:
    found = harness.json("alerts", "check")["check"]
    assert found["mistakes"] == [] and found["notes"] == []
    assert [(it["channel"], it["type"], it["state"]) for it in found["channels"]] == [
        ("team", "webhook", "ready"),
        ("me", "email", "ready"),
    ]
    assert f"signed webhooks to {harness.sink.place}" in found["channels"][0]["does"]
    assert f"mail to me@example.org and {OTHER} from trialwatch@example.org" in found["channels"][1]["does"]
    assert found["rules"][0] | {"rule": "all", "send": ["team", "me"]} == found["rules"][0]
    text = harness.table("alerts", "check")
    assert "no mistakes" in text and "tells team and me of every change in every watched trial" in text
    assert "planted" not in text and "whsec_" not in text
    assert harness.sink.connections == harness.box.connections == 0, "nobody is asked"


@pytest.mark.fault("C21")
def test_each_mistake_is_named_by_line_and_key(harness: Alerting) -> None:
    wrong = rule("teem", on='["result.*", "admin"]', digest='"daily@25:00"', timezone='"Europe/Berlyn"')
    harness.configure(harness.config + wrong)
    found = harness.json("alerts", "check", expect=2)["check"]
    lines = (harness.program.home / "trialwatch.toml").read_text().splitlines()
    said = {row["key"]: row for row in found["mistakes"]}
    assert set(said) == {"name", "on", "send", "digest", "timezone"}
    for key, row in said.items():
        assert lines[row["line"] - 1].startswith(key), row
        assert row["place"] == "rule all"
    reasons = [row["reason"] for row in found["mistakes"]]
    assert "names no kind of change: 'result.*'; did you mean results.*?" in reasons
    text = harness.table("alerts", "check", expect=2)
    assert "6 mistakes" in text and f"line {said['digest']['line']}, rule all: digest must name times" in text
    refused = harness.run("poll", expect=2).err
    assert "has 6 mistakes:" in refused and refused.endswith("trialwatch config check.\n"), "all of them, at once"


@pytest.mark.fault("D01")
@pytest.mark.parametrize(
    "url",
    [
        "https://10.0.0.5/trials?token=hush",
        "https://[::ffff:169.254.169.254]/trials?token=hush",
        "https://2130706433/trials?token=hush",
        "https://localhost/trials?token=hush",
        "https://metadata.google.internal/trials?token=hush",
        "https://me:hush@hooks.example.org/trials",
        "http://hooks.example.org/trials?token=hush",
    ],
)
def test_a_webhook_address_that_is_not_allowed_is_refused_by_name(harness: Alerting, url: str) -> None:
    harness.configure(HOOK.format(url=url) + rule("team"))
    run = harness.run("alerts", "check", "-o", "table", expect=2)
    assert "line 5, channel team: url is refused" in run.out
    assert "hush" not in run.out + run.err


def test_a_secret_that_is_not_there_stops_only_its_channel(harness: Alerting) -> None:
    found = harness.json("alerts", "check", expect=2, HOOK_SECRET="")["check"]
    assert [it["state"] for it in found["channels"]] == ["unusable", "ready"]
    assert "HOOK_SECRET is not set" in found["channels"][0]["reason"]
    harness.program.day()
    harness.registry.studies[ONE]["protocolSection"]["statusModule"]["overallStatus"] = "COMPLETED"
    run = harness.run("poll", HOOK_SECRET="", expect=3)
    assert "team cannot be used" in run.err and "HOOK_SECRET" in run.err
    assert len(harness.box.mails) == 1 and not harness.sink.hooks
    found = harness.json("status", HOOK_SECRET="")["status"]
    assert (found["healthy"], found["pending"]) == (True, 1) and "HOOK_SECRET" in " ".join(found["warnings"])
    assert harness.run("poll").err == "Delivered 1 message.\n"


def test_rules_that_can_meet_nothing_are_told(harness: Alerting) -> None:
    aimless = rule("me", name="typo", trials='["NCT99999999", "tag:lever", "tag:liver"]')
    harness.configure(harness.config.replace('[alerts]\nowner = "me"\n', "") + aimless)
    notes = " ".join(harness.json("alerts", "check")["check"]["notes"])
    assert "NCT99999999, which is not watched" in notes and "the tag lever" in notes and "liver," not in notes
    assert "No owner is set" in notes


def test_without_channels_there_is_a_first_step(program: Program) -> None:
    found = program.json("alerts", "check")["check"]
    assert "trialwatch alerts add you@example.org" in found["notes"][0]
    assert "rule" in program.run("alerts", "outbox", "-o", "table").err
    assert program.json("alerts", "outbox") == {"messages": []}


def test_a_test_message_arrives_or_says_why_not(harness: Alerting) -> None:
    found = harness.json("alerts", "test", "team")["test"]
    assert found == {"channel": "team", "status": 204, "reached": [], "refused": {}, "deferred": {}}
    assert harness.sink.hooks[0].headers["webhook-id"].startswith("msg_")
    harness.box.say[OTHER] = "550 no such user"
    run = harness.run("alerts", "test", "me", "-o", "table", expect=3)
    assert "me@example.org" in run.out and f"{OTHER} was not reached: 550 no such user" in run.err
    harness.sink.answers = [500]
    assert "answered 500" in harness.error("alerts", "test", "team", code=1)
    assert "trialwatch alerts check" in harness.error("alerts", "test", "teem")
    assert "HOOK_SECRET is not set" in harness.error("alerts", "test", "team", HOOK_SECRET="")
    assert harness.messages() == [], "a test is not a message"


@pytest.mark.fault("D21")
def test_what_is_sent_waits_and_died_is_listed_with_its_reason(harness: Alerting) -> None:
    harness.sink.answers = [500]
    run = harness.change(ONE)
    assert "Delivered 1 message" in run.err and "team has trouble" in run.err
    found = harness.messages()
    assert all(row.keys() >= MESSAGE for row in found)
    team, me = sorted(found, key=lambda row: row["channel"], reverse=True)
    assert (team["state"], team["attempts"], me["state"], me["last_error"]) == ("pending", 1, "sent", None)
    assert "500" in team["last_error"] and team["next_attempt_at"].startswith("2026-08-15T15:00:0")
    assert team["kind"] == "status.changed" and "Completed" in team["summary"]
    assert harness.run("alerts", "outbox").lines == found
    assert harness.run("alerts", "outbox", "-o", "csv").cells[0]["key"] == found[0]["key"]
    assert [row["key"] for row in harness.messages("--channel", "team")] == [team["key"]]
    status = harness.json("status")["status"]
    assert (status["pending"], status["dead"]) == (1, 0)
    tried = harness.json("alerts", "outbox", team["key"][:12])["messages"][0]["tried"]
    assert [(it["outcome"], it["status"]) for it in tried] == [("retry", 500)]
    text = harness.table("alerts", "outbox")
    assert team["key"][:12] in text and team["key"] not in text and "answered 500" in text
    assert f"{ONE} · A study called {ONE}" in harness.table("alerts", "outbox", COLUMNS="220")
    assert "--state is one of" in harness.error("alerts", "outbox", "--state", "lost")
    assert "trialwatch alerts outbox" in harness.error("alerts", "outbox", "msg_nowhere", code=4)


@pytest.mark.fault("D20")
def test_a_dead_letter_is_sent_again_under_its_own_key(harness: Alerting) -> None:
    harness.configure(harness.config.replace('owner = "me"', 'owner = "me"\nretries = ["0s"]'))
    harness.sink.answers = [500, 204]
    harness.change(ONE)
    [dead] = harness.messages("--state", "dead")
    assert harness.json("status", expect=1)["status"]["dead"] == 1
    assert "Name keys" in harness.error("alerts", "retry")
    assert "trialwatch alerts outbox" in harness.error("alerts", "retry", "msg_nowhere", code=4)
    run = harness.run("alerts", "retry", dead["key"], "msg_nowhere", expect=3)
    assert [row["state"] for row in run.lines] == ["sent"] and "msg_nowhere" in run.err
    assert [hook.key for hook in harness.sink.hooks] == [dead["key"]] * 2
    assert harness.sink.hooks[0].body == harness.sink.hooks[1].body


def test_dead_letters_since_and_of_a_channel_are_sent_again(harness: Alerting) -> None:
    harness.configure(harness.config.replace('owner = "me"', 'owner = "me"\nretries = ["0s"]'))
    harness.sink.answers = [413, 413, 204]
    harness.change(ONE)
    harness.change(TWO, days=3)
    assert len(harness.messages("--state", "dead")) == 2
    assert harness.json("alerts", "retry", "--channel", "me") == {"messages": []}
    again = harness.json("alerts", "retry", "--since", "1d", "--channel", "team")["messages"]
    assert [(row["trial"], row["state"]) for row in again] == [(TWO, "sent")]
    assert len(harness.json("alerts", "retry", "--since", "30d")["messages"]) == 1
    assert "2026-01-31" in harness.error("alerts", "retry", "--since", "someday")


def test_peer_20_a_muted_address_is_left_alone_until_that_is_lifted(harness: Alerting) -> None:
    run = harness.run("alerts", "mute", "me", OTHER.upper(), "-o", "table")
    assert f"trialwatch alerts mute me {OTHER} --lift" in run.err
    harness.change(ONE)
    harness.run("alerts", "test", "me")
    assert [mail.to for mail in harness.box.mails] == [("me@example.org",)] * 2
    assert OTHER in harness.table("alerts", "check")
    assert harness.json("alerts", "mute", "me", OTHER, "--lift") == {"muted": []}
    harness.change(TWO)
    assert harness.box.mails[-1].to == ("me@example.org", OTHER)
    for words, said in (
        (("me", "nobody@example.org"), "me@example.org"),
        (("team", OTHER), "no addresses"),
        (("teem",), "trialwatch alerts check"),
        (("me", OTHER, "--lift"), "is not muted"),
    ):
        assert said in harness.error("alerts", "mute", *words)


def test_a_muted_channel_gets_nothing_and_what_died_meanwhile_can_be_sent_again(harness: Alerting) -> None:
    assert [row["address"] for row in harness.json("alerts", "mute", "team")["muted"]] == [None]
    harness.change(ONE)
    assert harness.sink.hooks == [] and len(harness.box.mails) == 1
    [dead] = harness.messages("--state", "dead")
    assert dead["last_error"] == "The channel is muted"
    for words in (("test", "team"), ("retry", dead["key"])):
        assert "trialwatch alerts mute team --lift" in harness.error("alerts", *words)
    run = harness.run("alerts", "mute", "team", "--lift", "-o", "table")
    assert "trialwatch alerts retry --channel team" in run.err
    assert harness.json("alerts", "retry", "--channel", "team")["messages"][0]["state"] == "sent"
    assert [hook.key for hook in harness.sink.hooks] == [dead["key"]]


def test_a_mute_works_while_the_file_is_off(harness: Alerting) -> None:
    harness.configure(harness.config + rule("nobody", name="broken"))
    assert "names no channel" in harness.error("poll")
    assert [row["address"] for row in harness.json("alerts", "mute", "me", OTHER)["muted"]] == [OTHER]


def test_an_address_the_server_refused_is_reached_after_it_is_lifted(harness: Alerting) -> None:
    """The sentence its owner is sent says how; what it missed is then sent to it, and to nobody else twice."""
    harness.box.say[OTHER] = "550 5.1.1 no such user"
    harness.change(ONE)
    assert f"trialwatch alerts mute me {OTHER} --lift" in " ".join(harness.table("alerts", "check").split())
    del harness.box.say[OTHER]
    harness.run("alerts", "mute", "me", OTHER, "--lift")
    [dead] = harness.messages("--state", "dead")
    harness.box.mails.clear()
    assert harness.json("alerts", "retry", dead["key"])["messages"][0]["state"] == "sent"
    assert [mail.to for mail in harness.box.mails] == [(OTHER,)]


def test_a_channel_that_left_the_file_holds_its_messages_and_says_so(harness: Alerting) -> None:
    harness.change(ONE, "COMPLETED", 1, "--no-deliver")
    assert harness.sink.hooks == [] and len(harness.messages("--state", "pending")) == 2
    harness.configure(harness.config.replace('name = "team"', 'name = "crew"').replace('"team"', '"crew"'))
    assert "Delivered 1 message.\n" in harness.run("poll", expect=3).err
    [held] = harness.messages("--state", "held")
    assert held["channel"] == "team" and "no channel team is in the config file" in held["held_by"]
    assert held["next_attempt_at"] is None
    harness.configure(harness.config)
    harness.run("poll")
    assert len(harness.sink.hooks) == 1


def test_letters_are_forgotten_after_ninety_days_or_when_told_to(harness: Alerting) -> None:
    harness.configure(harness.config.replace('owner = "me"', 'owner = "me"\nretries = ["0s"]'))
    harness.sink.answers = [413]
    harness.change(ONE)
    harness.change(TWO, days=60)
    assert harness.json("alerts", "purge") == {"purge": {"forgotten": 0}}
    harness.program.day(31)
    assert harness.json("alerts", "purge") == {"purge": {"forgotten": 2}}
    about_trials = [row for row in harness.messages() if row["kind"] != "ops.not_delivered"]
    assert [(row["trial"], row["state"]) for row in about_trials] == [(TWO, "dead"), (TWO, "sent")]
    assert harness.table("alerts", "purge", "--dead") == "Forgot 1 message."
    assert {row["state"] for row in harness.messages()} == {"sent"}
    assert len(harness.json("changes", "--kind", "status.changed")["changes"]) == 2, "what they told of stays"


def test_status_needs_attention_when_the_file_is_off_and_tells_of_lost_messages(harness: Alerting) -> None:
    harness.change(ONE, "COMPLETED", 1, "--no-deliver")
    assert harness.json("status")["status"]["pending"] == 2
    harness.configure(harness.config.replace('name = "team"', 'name = "crew"').replace('"team"', '"crew"'))
    warnings = harness.json("status")["status"]["warnings"]
    assert any("1 message to the channel team, which is not in the config file" in it for it in warnings)
    harness.configure(harness.config + rule("teem", name="other"))
    found = harness.json("status", expect=1)["status"]
    assert "1 mistake" in found["warnings"][0] and "trialwatch config check" in found["warnings"][0]


def test_doctor_looks_at_channels_and_rules(harness: Alerting) -> None:
    def rows(*, expect: int, **extra: str) -> dict[str, tuple[bool | None, str]]:
        found = harness.json("doctor", expect=expect, **extra)["checks"]
        return {row["check"]: (row["ok"], row["detail"]) for row in found}

    well = rows(expect=0)
    assert well["channel team"] == (True, f"signed webhooks to {harness.sink.place}: it answers")
    assert well["channel me"][0] is True and well["channel me"][1].endswith(": the server answers")
    assert "alerts" not in well and not harness.sink.hooks and not harness.box.mails
    assert rows(expect=1, HOOK_SECRET="")["channel team"][0] is False
    harness.configure("")
    ok, said = rows(expect=0)["alerts"]
    assert ok is None and "No channel is set" in said
    harness.configure(harness.config + rule("teem", name="other"))
    off = rows(expect=1)
    assert off["alerts"][0] is False and "send names no channel" in off["alerts"][1] and off["store"][0] is True
    secret = harness.program.home / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o644)
    harness.configure(harness.config.replace('secret_env = "HOOK_SECRET"', f'secret_file = "{secret}"'))
    assert rows(expect=1)["secrets"] == (False, f"{secret} holds a secret and others can read it: chmod 600 {secret}")
    secret.chmod(0o600)
    assert "secrets" not in rows(expect=0)
