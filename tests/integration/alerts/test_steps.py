"""People get one message for what happened to one trial in one step; a webhook gets one an event, unless it asks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from storage.outbox import queries
from storage.values.write_models import NewStep
from storage.versions import history
from tests.support.channels.alert_harness import AlertHarness, alert_world, another_process, data, mail, rule, webhook
from tests.support.channels.mail_factories import html_of, text_of
from tests.support.channels.smtp_sink import Mailbox
from tests.support.channels.webhook_sink import Sink
from tests.support.harness import ONE, TWO
from tests.support.store import store_factories
from tracker.alerts.channels.webhook import WebhookSpec
from tracker.alerts.config import alert_config, examine
from tracker.alerts.message import message_key, step_key
from tracker.config.read_settings import load_settings
from tracker.errors import SettingsError

pytestmark = pytest.mark.fault("R-C5")


def much(harness: AlertHarness, trial: str, status: str = "COMPLETED", end: str = "2026-08") -> None:
    """One update of one record: status, title, enrollment, a date, a condition and the purpose."""
    harness.status(trial)["overallStatus"] = status
    harness.status(trial)["completionDateStruct"] = {"date": end, "type": "ESTIMATED"}
    harness.module(trial, "identificationModule")["briefTitle"] = f"Another title of {trial}"
    harness.module(trial, "conditionsModule")["conditions"] = ["Asthma"]
    design = harness.module(trial, "designModule")
    design["enrollmentInfo"] = {"count": 400, "type": "ESTIMATED"}
    design["designInfo"] = {"primaryPurpose": "TREATMENT"}


def contents(harness: AlertHarness, trial: str, *versions: int) -> list[str]:
    with harness.context.database.read() as session:
        found = [history.snapshot(session, trial, version) for version in versions]
    return [it.content_hash for it in found if it is not None]


def kinds(harness: AlertHarness, keys: Iterable[str] | None = None) -> dict[str, list[str]]:
    """Key -> the kinds a message tells, in order."""
    with harness.context.database.read() as session:
        wanted = [it.key for it in queries.listing(session)] if keys is None else list(keys)
        return {
            key: [event.kind for event, _ in it.changes] for key, it in queries.contents_of(session, wanted, 50).items()
        }


def test_one_update_of_one_record_is_one_mail(tmp_path: Path) -> None:
    with Mailbox() as box, alert_world(tmp_path, mail(box) + rule("me")) as harness:
        harness.day()
        much(harness, ONE)
        harness.poll()
        harness.deliver()
        [told] = kinds(harness).values()
    assert len(told) >= 5 and told[0] == "status.changed"
    [received] = box.mails
    assert f"and {len(told) - 1} more: " in received.parsed["Subject"] and ONE in received.parsed["Subject"]
    for body in (text_of(received.parsed), html_of(received.parsed)):
        for said in ("Status changed from Recruiting to Completed", "Asthma", "400", "2026-08", "Treatment"):
            assert said in body
    assert text_of(received.parsed).startswith("IMPORTANT\n\nStatus changed from Recruiting to Completed\n")


def test_the_key_is_of_both_contents_and_no_rule(tmp_path: Path) -> None:
    found = []
    for name, rules in (("one", rule("me")), ("two", rule("me", on='["status.*"]') + rule("me", name="again"))):
        with Mailbox() as box, alert_world(tmp_path / name, mail(box) + rules) as harness:
            harness.change(ONE)
            [message] = harness.messages()
            found.append(message.key)
            before, after = contents(harness, ONE, 1, 2)
            assert message.key == step_key("me", (ONE, before, after)) and message.kind == "status.changed"
    assert found[0] == found[1]
    assert found[0].startswith("msg_") and found[0] != step_key("you", (ONE, before, after))


def test_a_restored_store_gives_the_step_the_same_key(tmp_path: Path) -> None:
    """The same step found again: by a store that knows nothing of the message."""
    with Mailbox() as box, alert_world(tmp_path, mail(box) + rule("me")) as harness:
        before = harness.clock.now()
        (tmp_path / "then").mkdir()
        harness.context.database.close()
        shutil.copy(tmp_path / "trialwatch.db", tmp_path / "then")
        harness.change(ONE)
        [first] = harness.messages()
        harness.clock.advance(before - harness.clock.now())
        url = f"sqlite:///{tmp_path / 'then' / 'trialwatch.db'}"
        text = mail(box) + rule("me")
        with another_process(tmp_path / "then", text, harness.registry, url, harness.clock) as restored:
            restored.clock.advance(harness.clock.now() - before)
            restored.day()
            restored.poll()
            assert [it.key for it in restored.messages()] == [first.key]


def test_a_trial_that_goes_to_and_fro_is_told_each_time(tmp_path: Path) -> None:
    with Mailbox() as box, alert_world(tmp_path, mail(box) + rule("me", on='["status.*"]')) as harness:
        for status in ("SUSPENDED", "RECRUITING") * 2:
            harness.day()
            harness.registry.studies[ONE]["protocolSection"]["statusModule"]["overallStatus"] = status
            harness.poll()
            harness.deliver()
        keys = [it.key for it in harness.messages()]
        one, two = contents(harness, ONE, 1, 2)
    assert keys[:2] == [step_key("me", (ONE, one, two)), step_key("me", (ONE, two, one))]
    assert keys[2:] == [step_key("me", (ONE, one, two, "1")), step_key("me", (ONE, two, one, "1"))]
    assert len(box.mails) == len(set(keys)) == 4
    assert len({it.parsed["Message-ID"] for it in box.mails}) == 4


def test_webhooks_get_one_an_event_unless_they_ask(tmp_path: Path) -> None:
    with Sink() as each, Sink() as grouped:
        text = webhook(each) + webhook(grouped, "crew", group="true") + rule("team", "crew")
        with alert_world(tmp_path, text) as harness:
            harness.day()
            much(harness, ONE)
            harness.change(TWO)
            harness.deliver()
        singles = [it for it in map(data, each.hooks) if it["trial"] == ONE]
        assert len(singles) >= 5 and all("changes" not in it for it in singles)
        bodies = {data(hook)["trial"]: json.loads(hook.body) for hook in grouped.hooks}
        assert len(grouped.hooks) == 2
        step = bodies[ONE]
        assert step["type"] == "step" and step["data"]["total"] == len(singles)
        assert [it["seq"] for it in step["data"]["changes"]] == [it["seq"] for it in singles]
        assert step["data"]["url"].endswith(ONE) and step["data"]["title"] == f"Another title of {ONE}"
        assert bodies[TWO]["type"] == "status.changed" and "changes" not in bodies[TWO]["data"]


def test_only_what_is_critical_skips_the_digest(tmp_path: Path) -> None:
    with Mailbox() as box, alert_world(tmp_path, mail(box) + rule("me", digest='"daily@08:00"')) as harness:
        harness.day()
        much(harness, ONE, "TERMINATED")
        harness.poll()
        harness.deliver()
        assert [it.parsed["Subject"].partition(":")[0] for it in box.mails] == ["Terminated"]
        assert "Asthma" not in text_of(box.mails[0].parsed)
        harness.later(days=1)
        told = kinds(harness)
    _, digest = box.mails
    assert "Asthma" in text_of(digest.parsed) and "Terminated" not in text_of(digest.parsed)
    alone, rest = sorted(told.values(), key=len)
    assert alone == ["status.changed"] and "status.changed" not in rest


def test_the_first_that_may_go_takes_the_step_along(tmp_path: Path) -> None:
    """Quiet hours hold the minor rule's part; the critical part goes, with the rest of the same step."""
    rules = rule("me", name="worst", min_severity='"critical"') + rule("me", name="rest", quiet='"00:00-23:59"')
    with Mailbox() as box, alert_world(tmp_path, mail(box) + rules) as harness:
        harness.day()
        much(harness, ONE, "TERMINATED")
        much(harness, TWO, "COMPLETED")
        harness.poll()
        harness.deliver()
        waiting = [it.trial for it in harness.messages("pending")]
    [received] = box.mails
    assert ONE in received.parsed["Subject"] and "Asthma" in text_of(received.parsed)
    assert waiting == [TWO]


def test_a_storm_takes_its_change_and_leaves_the_rest(tmp_path: Path) -> None:
    """The same change in twelve trials is one mail; what else happened to two of them keeps a mail of its own."""
    with Mailbox() as box, alert_world(tmp_path, mail(box) + rule("me"), trials=14) as harness:
        harness.day()
        for trial in list(harness.registry.studies)[:12]:
            harness.module(trial, "conditionsModule")["conditions"] = ["Asthma"]
        for trial in (ONE, TWO):
            harness.status(trial)["overallStatus"] = "TERMINATED"
            harness.module(trial, "identificationModule")["briefTitle"] = f"Another title of {trial}"
        harness.poll()
        told = kinds(harness)
        harness.deliver()
    subjects = sorted(it.parsed["Subject"] for it in box.mails)
    assert [it.partition(",")[0].partition(":")[0] for it in subjects] == [
        *["Terminated and 1 more"] * 2,
        "The same in 12 trials",
    ]
    assert sorted(told.values(), key=len) == [["status.changed", "title.changed"]] * 2 + [["conditions.changed"] * 12]


def test_what_a_storm_leaves_keeps_the_quiet_hours_of_its_own_rule(tmp_path: Path) -> None:
    """Conditions are told at once, a status not before the evening. Together in a step they would go at once."""
    rules = rule("me", name="conditions", on='["conditions.*"]')
    rules += rule("me", name="status", on='["status.*"]', quiet='"14:00-18:00"')
    with Mailbox() as box, alert_world(tmp_path, mail(box) + rules, trials=14) as harness:
        harness.day()
        for trial in list(harness.registry.studies)[:12]:
            harness.module(trial, "conditionsModule")["conditions"] = ["Asthma"]
        harness.status(ONE)["overallStatus"] = "TERMINATED"
        harness.poll()
        left, _ = sorted(harness.messages("pending"), key=lambda it: it.kind != "status.changed")
        assert (left.kind, left.due_at.hour, orjson.loads(left.rules)) == ("status.changed", 18, ["status"])
        harness.deliver()
        assert [it.parsed["Subject"].partition(":")[0] for it in box.mails] == ["The same in 12 trials"]
        harness.later(hours=4)
        assert len(box.mails) == 2


def test_what_is_alike_as_a_whole_is_one_message(tmp_path: Path) -> None:
    with Mailbox() as box, alert_world(tmp_path, mail(box) + rule("me"), trials=12) as harness:
        harness.day()
        for trial in harness.registry.studies:
            harness.module(trial, "conditionsModule")["conditions"] = ["Asthma"]
            harness.status(trial)["overallStatus"] = "SUSPENDED"
        harness.poll()
        harness.deliver()
    [received] = box.mails
    text = text_of(received.parsed)
    assert "The same 2 changes in 12 trials" in text
    assert text.count("Asthma") == 1 + text.count("Conditions changed: Asthma")
    assert all(trial in text for trial in harness.registry.studies)


def enter(harness: AlertHarness, *events: tuple[str, str], batch: str = "") -> None:
    """Events of the step of ONE from its first version to its second, written down by themselves."""
    before, after = contents(harness, ONE, 1, 2)
    rows = tuple(
        store_factories.event(
            ONE, kind, subject=subject, from_content=before, to_content=after, from_version=1, to_version=2
        )
        for kind, subject in events
    )
    with harness.context.database.write() as session:
        harness.context.event_writer.enter(session, [NewStep(None, rows, 2)], harness.clock.now(), batch)


def test_what_comes_later_in_a_step_joins_its_message(tmp_path: Path) -> None:
    with Mailbox() as box, alert_world(tmp_path, mail(box) + rule("me", quiet='"14:00-18:00"')) as harness:
        harness.change(ONE)
        enter(harness, ("title.changed", "later"))
        [message] = harness.messages()
        assert (message.kind, message.severity) == ("step", "major")
        harness.later(hours=4)
    [received] = box.mails
    assert "and 1 more" in received.parsed["Subject"]


def test_what_comes_after_the_message_left_is_told_alone(tmp_path: Path) -> None:
    with Mailbox() as box, alert_world(tmp_path, mail(box) + rule("me")) as harness:
        harness.change(ONE)
        harness.deliver()
        enter(harness, ("title.changed", "late"), ("phase.changed", "late"))
        harness.deliver()
        assert sorted(kinds(harness).values()) == [["phase.changed"], ["status.changed"], ["title.changed"]]
    assert len({it.parsed["Message-ID"] for it in box.mails}) == 3


def test_duties_reached_on_one_day_are_one_mail(tmp_path: Path) -> None:
    with Mailbox() as box, alert_world(tmp_path, mail(box) + rule("me")) as harness:
        same = {"from_content": "c", "to_content": "c", "from_version": 1, "to_version": 1}
        for day, subjects in ((1, ("fdaaa801", "eu-ctr")), (2, ("who-2017",))):
            rows = tuple(
                store_factories.event(
                    ONE, "results.overdue", subject=it, observed_at=store_factories.NOW.replace(day=day), **same
                )
                for it in subjects
            )
            with harness.context.database.write() as session:
                harness.context.event_writer.enter(session, [NewStep(None, rows, 1)], harness.clock.now())
        harness.deliver()
        assert sorted(map(len, kinds(harness).values())) == [1, 2]
    assert len(box.mails) == 2


def test_what_is_about_us_comes_by_itself(tmp_path: Path) -> None:
    with Mailbox() as box, alert_world(tmp_path, '[alerts]\nowner = "me"\n' + mail(box)) as harness:
        rows = tuple(
            store_factories.event("", kind, from_version=None, to_version=None) for kind in ("ops.held", "ops.stale")
        )
        with harness.context.database.write() as session:
            done = harness.context.event_writer.enter(session, [NewStep(None, rows, None)], harness.clock.now())
        assert {it.key for it in harness.messages()} == {message_key(name, "me") for name in done[0].ids}


def test_messages_of_the_old_form_are_still_sent(tmp_path: Path) -> None:
    """What an older program has put in and held back: one message an event, under the event's key."""
    with Mailbox() as box, alert_world(tmp_path, mail(box, "old") + rule("old")) as harness:
        event_writer = harness.context.event_writer
        older = type(event_writer)(replace(event_writer.book, by_step=frozenset()))
        before, after = "a", "b"
        rows = tuple(
            store_factories.event(ONE, kind, from_content=before, to_content=after, from_version=1, to_version=1)
            for kind in ("status.changed", "title.changed")
        )
        with harness.context.database.write() as session:
            older.enter(session, [NewStep(None, rows, 1)], harness.clock.now(), "run:77")
            event_writer.close(session, "run:77", harness.clock.now())
        harness.deliver()
        assert [it.state for it in harness.messages()] == ["sent", "sent"]
    assert len(box.mails) == 2


@pytest.mark.parametrize("value", ["true", "false"])
@pytest.mark.parametrize("kind", ["email", "notify"])
def test_group_is_refused_where_people_read(tmp_path: Path, kind: str, value: str) -> None:
    file = tmp_path / "trialwatch.toml"
    file.write_text(f'[[channel]]\nname = "me"\ntype = "{kind}"\ngroup = {value}\n')
    settings = load_settings({"TRIALWATCH_HOME": str(tmp_path)})
    reasons = {it.key: (it.line, it.reason) for it in examine(settings)[1]}
    assert reasons["group"][0] == 4
    assert reasons["group"][1].startswith(f"is for webhooks: a channel of type {kind} ")
    assert reasons["group"][1].endswith("Remove the line")
    with pytest.raises(SettingsError):
        alert_config(settings)


def test_the_check_says_which_webhook_groups() -> None:
    url, secret = "https://hooks.example.org/x", "whsec_x"
    assert "one for what happened to one trial" in WebhookSpec("a", url, (secret,), group=True).describe()
    assert "one for what" not in WebhookSpec("a", url, (secret,)).describe()
