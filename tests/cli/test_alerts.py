"""alerts check, test, outbox, retry, mute, purge: as a person runs them, with real receivers behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.alerts.world import SECRET, rule
from tests.cli.alerting import ONE, OTHER, TWO, Alerting, alerting
from tests.cli.program import Program

MESSAGE = {"key", "channel", "kind", "state", "attempts", "next_attempt_at", "last_error"}
HOOK = '[[channel]]\nname = "team"\ntype = "webhook"\nsecret_env = "HOOK_SECRET"\nurl = "{url}"\n'


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Alerting]:
    with alerting(tmp_path) as found:
        yield found


def test_a_right_file_is_told_in_words_without_its_secrets(world: Alerting) -> None:
    found = world.json("alerts", "check")["check"]
    assert found["mistakes"] == [] and found["notes"] == []
    assert [(it["channel"], it["type"], it["state"]) for it in found["channels"]] == [
        ("team", "webhook", "ready"),
        ("me", "email", "ready"),
    ]
    assert f"signed webhooks to {world.sink.place}" in found["channels"][0]["does"]
    assert f"mail to me@example.org and {OTHER} from trialwatch@example.org" in found["channels"][1]["does"]
    assert found["rules"][0] | {"rule": "all", "send": ["team", "me"]} == found["rules"][0]
    text = world.table("alerts", "check")
    assert "no mistakes" in text and "tells team and me of every change in every watched trial" in text
    assert "planted" not in text and "whsec_" not in text
    assert world.sink.connections == world.box.connections == 0, "nobody is asked"


def test_c21_each_mistake_is_named_by_line_and_key(world: Alerting) -> None:
    wrong = rule("teem", on='["result.*", "admin"]', digest='"daily@25:00"', timezone='"Europe/Berlyn"')
    world.configure(world.config + wrong)
    found = world.json("alerts", "check", expect=2)["check"]
    lines = (world.program.home / "trialwatch.toml").read_text().splitlines()
    said = {row["key"]: row for row in found["mistakes"]}
    assert set(said) == {"name", "on", "send", "digest", "timezone"}
    for key, row in said.items():
        assert lines[row["line"] - 1].startswith(key), row
        assert row["place"] == "rule all"
    reasons = [row["reason"] for row in found["mistakes"]]
    assert "names no kind of change: 'result.*'; did you mean results.*?" in reasons
    text = world.table("alerts", "check", expect=2)
    assert "6 mistakes" in text and f"line {said['digest']['line']}, rule all: digest must name times" in text
    assert "(5 more; see: trialwatch alerts check)" in world.error("poll"), "what would act on it does not"


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
def test_d01_a_webhook_address_that_is_not_allowed_is_refused_by_name(world: Alerting, url: str) -> None:
    world.configure(HOOK.format(url=url) + rule("team"))
    run = world.run("alerts", "check", "-o", "table", expect=2)
    assert "line 5, channel team: url is refused" in run.out
    assert "hush" not in run.out + run.err


def test_a_secret_that_is_not_there_stops_only_its_channel(world: Alerting) -> None:
    found = world.json("alerts", "check", expect=2, HOOK_SECRET="")["check"]
    assert [it["state"] for it in found["channels"]] == ["unusable", "ready"]
    assert "HOOK_SECRET is not set" in found["channels"][0]["reason"]
    world.program.day()
    world.registry.studies[ONE]["protocolSection"]["statusModule"]["overallStatus"] = "COMPLETED"
    run = world.run("poll", HOOK_SECRET="", expect=3)
    assert "team cannot be used" in run.err and "HOOK_SECRET" in run.err
    assert len(world.box.mails) == 1 and not world.sink.hooks
    found = world.json("status", HOOK_SECRET="")["status"]
    assert (found["healthy"], found["pending"]) == (True, 1) and "HOOK_SECRET" in " ".join(found["warnings"])
    assert world.run("poll").err == "Delivered 1 message.\n"


def test_rules_that_can_meet_nothing_are_told(world: Alerting) -> None:
    aimless = rule("me", name="typo", trials='["NCT99999999", "tag:lever", "tag:liver"]')
    world.configure(world.config.replace('[alerts]\nowner = "me"\n', "") + aimless)
    notes = " ".join(world.json("alerts", "check")["check"]["notes"])
    assert "NCT99999999, which is not watched" in notes and "the tag lever" in notes and "liver," not in notes
    assert "No owner is set" in notes


def test_without_channels_there_is_a_first_step(program: Program) -> None:
    found = program.json("alerts", "check")["check"]
    assert "[[channel]]" in found["notes"][0] and str(program.home) in found["notes"][0]
    assert "rule" in program.run("alerts", "outbox", "-o", "table").err
    assert program.json("alerts", "outbox") == {"messages": []}


def test_a_test_message_arrives_or_says_why_not(world: Alerting) -> None:
    found = world.json("alerts", "test", "team")["test"]
    assert found == {"channel": "team", "status": 204, "reached": [], "refused": {}, "deferred": {}}
    assert world.sink.hooks[0].headers["webhook-id"].startswith("msg_")
    world.box.say[OTHER] = "550 no such user"
    run = world.run("alerts", "test", "me", "-o", "table", expect=3)
    assert "me@example.org" in run.out and f"{OTHER} was not reached: 550 no such user" in run.err
    world.sink.answers = [500]
    assert "answered 500" in world.error("alerts", "test", "team", code=1)
    assert "trialwatch alerts check" in world.error("alerts", "test", "teem")
    assert "HOOK_SECRET is not set" in world.error("alerts", "test", "team", HOOK_SECRET="")
    assert world.messages() == [], "a test is not a message"


def test_d21_what_is_sent_waits_and_died_is_listed_with_its_reason(world: Alerting) -> None:
    world.sink.answers = [500]
    run = world.change(ONE)
    assert "Delivered 1 message" in run.err and "team has trouble" in run.err
    found = world.messages()
    assert all(row.keys() >= MESSAGE for row in found)
    team, me = sorted(found, key=lambda row: row["channel"], reverse=True)
    assert (team["state"], team["attempts"], me["state"], me["last_error"]) == ("pending", 1, "sent", None)
    assert "500" in team["last_error"] and team["next_attempt_at"].startswith("2026-08-15T15:00:0")
    assert team["kind"] == "status.changed" and "Completed" in team["summary"]
    assert world.run("alerts", "outbox").lines == found
    assert world.run("alerts", "outbox", "-o", "csv").cells[0]["key"] == found[0]["key"]
    assert [row["key"] for row in world.messages("--channel", "team")] == [team["key"]]
    status = world.json("status")["status"]
    assert (status["pending"], status["dead"]) == (1, 0)
    tried = world.json("alerts", "outbox", team["key"][:12])["messages"][0]["tried"]
    assert [(it["outcome"], it["status"]) for it in tried] == [("retry", 500)]
    text = world.table("alerts", "outbox")
    assert team["key"][:12] in text and team["key"] not in text and "answered 500" in text
    assert "--state is one of" in world.error("alerts", "outbox", "--state", "lost")
    assert "trialwatch alerts outbox" in world.error("alerts", "outbox", "msg_nowhere", code=4)


def test_d20_a_dead_letter_is_sent_again_under_its_own_key(world: Alerting) -> None:
    world.configure(world.config.replace('owner = "me"', 'owner = "me"\nretries = ["0s"]'))
    world.sink.answers = [500, 204]
    world.change(ONE)
    [dead] = world.messages("--state", "dead")
    assert world.json("status", expect=1)["status"]["dead"] == 1
    assert "Name keys" in world.error("alerts", "retry")
    assert "trialwatch alerts outbox" in world.error("alerts", "retry", "msg_nowhere", code=4)
    run = world.run("alerts", "retry", dead["key"], "msg_nowhere", expect=3)
    assert [row["state"] for row in run.lines] == ["sent"] and "msg_nowhere" in run.err
    assert [hook.key for hook in world.sink.hooks] == [dead["key"]] * 2
    assert world.sink.hooks[0].body == world.sink.hooks[1].body


def test_dead_letters_since_and_of_a_channel_are_sent_again(world: Alerting) -> None:
    world.configure(world.config.replace('owner = "me"', 'owner = "me"\nretries = ["0s"]'))
    world.sink.answers = [413, 413, 204]
    world.change(ONE)
    world.change(TWO, days=3)
    assert len(world.messages("--state", "dead")) == 2
    assert world.json("alerts", "retry", "--channel", "me") == {"messages": []}
    again = world.json("alerts", "retry", "--since", "1d", "--channel", "team")["messages"]
    assert [(row["trial"], row["state"]) for row in again] == [(TWO, "sent")]
    assert len(world.json("alerts", "retry", "--since", "30d")["messages"]) == 1
    assert "2026-01-31" in world.error("alerts", "retry", "--since", "yesterday")


def test_peer_20_a_muted_address_is_left_alone_until_that_is_lifted(world: Alerting) -> None:
    run = world.run("alerts", "mute", "me", OTHER.upper(), "-o", "table")
    assert f"trialwatch alerts mute me {OTHER} --lift" in run.err
    world.change(ONE)
    world.run("alerts", "test", "me")
    assert [mail.to for mail in world.box.mails] == [("me@example.org",)] * 2
    assert OTHER in world.table("alerts", "check")
    assert world.json("alerts", "mute", "me", OTHER, "--lift") == {"muted": []}
    world.change(TWO)
    assert world.box.mails[-1].to == ("me@example.org", OTHER)
    for words, said in (
        (("me", "nobody@example.org"), "me@example.org"),
        (("team", OTHER), "no addresses"),
        (("teem",), "trialwatch alerts check"),
        (("me", OTHER, "--lift"), "is not muted"),
    ):
        assert said in world.error("alerts", "mute", *words)


def test_a_muted_channel_gets_nothing_and_what_died_meanwhile_can_be_sent_again(world: Alerting) -> None:
    assert [row["address"] for row in world.json("alerts", "mute", "team")["muted"]] == [None]
    world.change(ONE)
    assert world.sink.hooks == [] and len(world.box.mails) == 1
    [dead] = world.messages("--state", "dead")
    assert dead["last_error"] == "The channel is muted"
    for words in (("test", "team"), ("retry", dead["key"])):
        assert "trialwatch alerts mute team --lift" in world.error("alerts", *words)
    run = world.run("alerts", "mute", "team", "--lift", "-o", "table")
    assert "trialwatch alerts retry --channel team" in run.err
    assert world.json("alerts", "retry", "--channel", "team")["messages"][0]["state"] == "sent"
    assert [hook.key for hook in world.sink.hooks] == [dead["key"]]


def test_a_mute_works_while_the_file_is_off(world: Alerting) -> None:
    world.configure(world.config + rule("nobody", name="broken"))
    assert "names no channel" in world.error("poll")
    assert [row["address"] for row in world.json("alerts", "mute", "me", OTHER)["muted"]] == [OTHER]


def test_an_address_the_server_refused_is_reached_after_it_is_lifted(world: Alerting) -> None:
    """The sentence its owner is sent says how; what it missed is then sent to it, and to nobody else twice."""
    world.box.say[OTHER] = "550 5.1.1 no such user"
    world.change(ONE)
    assert f"trialwatch alerts mute me {OTHER} --lift" in " ".join(world.table("alerts", "check").split())
    del world.box.say[OTHER]
    world.run("alerts", "mute", "me", OTHER, "--lift")
    [dead] = world.messages("--state", "dead")
    world.box.mails.clear()
    assert world.json("alerts", "retry", dead["key"])["messages"][0]["state"] == "sent"
    assert [mail.to for mail in world.box.mails] == [(OTHER,)]


def test_a_channel_that_left_the_file_holds_its_messages_and_says_so(world: Alerting) -> None:
    world.change(ONE, "COMPLETED", 1, "--no-deliver")
    assert world.sink.hooks == [] and len(world.messages("--state", "pending")) == 2
    world.configure(world.config.replace('name = "team"', 'name = "crew"').replace('"team"', '"crew"'))
    assert "Delivered 1 message.\n" in world.run("poll", expect=3).err
    [held] = world.messages("--state", "held")
    assert held["channel"] == "team" and "no channel team is in the config file" in held["held_by"]
    assert held["next_attempt_at"] is None
    world.configure(world.config)
    world.run("poll")
    assert len(world.sink.hooks) == 1


def test_letters_are_forgotten_after_ninety_days_or_when_told_to(world: Alerting) -> None:
    world.configure(world.config.replace('owner = "me"', 'owner = "me"\nretries = ["0s"]'))
    world.sink.answers = [413]
    world.change(ONE)
    world.change(TWO, days=60)
    assert world.json("alerts", "purge") == {"purge": {"forgotten": 0}}
    world.program.day(31)
    assert world.json("alerts", "purge") == {"purge": {"forgotten": 2}}
    about_trials = [row for row in world.messages() if row["kind"] != "ops.not_delivered"]
    assert [(row["trial"], row["state"]) for row in about_trials] == [(TWO, "dead"), (TWO, "sent")]
    assert world.table("alerts", "purge", "--dead") == "Forgot 1 message."
    assert {row["state"] for row in world.messages()} == {"sent"}
    assert len(world.json("changes", "--kind", "status.changed")["changes"]) == 2, "what they told of stays"


def test_status_needs_attention_when_the_file_is_off_and_tells_of_lost_messages(world: Alerting) -> None:
    world.change(ONE, "COMPLETED", 1, "--no-deliver")
    assert world.json("status")["status"]["pending"] == 2
    world.configure(world.config.replace('name = "team"', 'name = "crew"').replace('"team"', '"crew"'))
    warnings = world.json("status")["status"]["warnings"]
    assert any("1 message to the channel team, which is not in the config file" in it for it in warnings)
    world.configure(world.config + rule("teem", name="other"))
    found = world.json("status", expect=1)["status"]
    assert "1 mistake" in found["warnings"][0] and "trialwatch alerts check" in found["warnings"][0]


def test_doctor_looks_at_channels_and_rules(world: Alerting) -> None:
    def rows(*, expect: int, **extra: str) -> dict[str, tuple[bool | None, str]]:
        found = world.json("doctor", expect=expect, **extra)["checks"]
        return {row["check"]: (row["ok"], row["detail"]) for row in found}

    well = rows(expect=0)
    assert well["channel team"] == (True, f"signed webhooks to {world.sink.place}") and "alerts" not in well
    assert rows(expect=1, HOOK_SECRET="")["channel team"][0] is False
    world.configure("")
    ok, said = rows(expect=0)["alerts"]
    assert ok is None and "No channel is set" in said
    world.configure(world.config + rule("teem", name="other"))
    off = rows(expect=1)
    assert off["alerts"][0] is False and "send names no channel" in off["alerts"][1] and off["store"][0] is True
    secret = world.program.home / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o644)
    world.configure(world.config.replace('secret_env = "HOOK_SECRET"', f'secret_file = "{secret}"'))
    assert rows(expect=1)["secrets"] == (False, f"{secret} holds a secret and others can read it: chmod 600 {secret}")
    secret.chmod(0o600)
    assert "secrets" not in rows(expect=0)
