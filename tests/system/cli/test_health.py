"""Health by one definition: what `status` says, its exit code, and what the owner hears, in each situation for real."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.channels.alert_harness import rule
from tests.support.channels.alert_setup import ONE, OTHER, TWO, Alerting, alerting
from tests.support.daemon.mounts import fill, in_own_mounts, mount
from tests.support.program.program import Program, record, update
from tests.support.registry.embedded_registry import RegistryServer, Reply

pytestmark = pytest.mark.fault("R-C1")


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Alerting]:
    with alerting(tmp_path) as found:
        yield found


def later(program: Program, **time: float) -> None:
    """Time goes on; the registry publishes nothing."""
    now = datetime.fromisoformat(program.clock.read_text()) + timedelta(**time)
    program.clock.write_text(now.isoformat())


def status(harness: Alerting | Program, **extra: str) -> dict[str, Any]:
    """What `status` says, once its exit code agrees with it."""
    run = harness.run("status", "-o", "json", expect=None, **extra)
    found: dict[str, Any] = run.json["status"]
    assert run.code == (0 if found["healthy"] else 1)
    assert bool(found["troubles"]) is not found["healthy"]
    assert all(re.search(r"trialwatch |See its log|pip install", line) for line in found["troubles"]), found["troubles"]
    return found


def healthy(harness: Alerting | Program, *warned: str, **extra: str) -> None:
    found = status(harness, **extra)
    assert found["healthy"], found["troubles"]
    said = "\n".join(found["warnings"])
    assert all(word in said for word in warned), said
    assert warned or not found["warnings"], said


def unhealthy(harness: Alerting | Program, *words: str, **extra: str) -> str:
    found = status(harness, **extra)
    assert not found["healthy"]
    said = "\n".join(found["troubles"])
    assert all(word in said for word in words), said
    return said


def follow(harness: Alerting | Program, said: str, expect: int | None = 0) -> None:
    """Run the first command that a sentence names."""
    found = re.search(r"trialwatch ((?:alerts|config) [a-z]+[^.;\n]*|poll[^.;,\n]*|doctor|unwatch [^.;\n]*)", said)
    assert found, said
    harness.run(*shlex.split(found[1]), expect=expect)


def change(harness: Alerting, expect: int, *words: str, **extra: str) -> None:
    harness.program.day(1)
    day = harness.program.clock.read_text()[:10]
    state = "TERMINATED" if "critical" in words else "COMPLETED"
    update(harness.registry.studies[ONE], day, overallStatus=state)
    harness.run("poll", expect=expect, **extra)


def test_before_the_first_poll(tmp_path: Path) -> None:
    with RegistryServer() as registry:
        healthy(Program(tmp_path / "home", registry))


def test_all_is_delivered(harness: Alerting) -> None:
    healthy(harness)
    change(harness, 0)
    later(harness.program, hours=3)
    healthy(harness)


def test_nothing_is_watched(harness: Alerting) -> None:
    harness.run("unwatch", ONE, TWO)
    later(harness.program, days=30)
    healthy(harness)


def test_no_channel(harness: Alerting) -> None:
    harness.configure("")
    healthy(harness, "No channel is set, so nobody is told of anything")


def test_the_password_is_missing(harness: Alerting) -> None:
    change(harness, 3, HOOK_SECRET="")
    healthy(harness, "cannot be used from here", "HOOK_SECRET is not set", HOOK_SECRET="")
    later(harness.program, minutes=61)
    said = unhealthy(harness, "1 message to the channel team is due since", "HOOK_SECRET is not set", HOOK_SECRET="")
    follow(harness, said)
    healthy(harness)


def test_a_critical_message_is_late_sooner(harness: Alerting) -> None:
    change(harness, 3, "critical", HOOK_SECRET="")
    later(harness.program, minutes=14)
    healthy(harness, "HOOK_SECRET", HOOK_SECRET="")
    later(harness.program, minutes=2)
    unhealthy(harness, "1 message to the channel team is due", HOOK_SECRET="")


def test_a_server_is_down_for_an_hour(harness: Alerting) -> None:
    harness.sink.answers = [503]
    change(harness, 3)
    later(harness.program, minutes=30)
    healthy(harness)
    later(harness.program, minutes=40)
    unhealthy(harness, "channel team", "503")
    harness.sink.answers = [204]
    later(harness.program, hours=2)
    harness.run("poll")
    healthy(harness)


def test_a_server_is_down_for_a_week(harness: Alerting) -> None:
    harness.sink.answers = [503]
    change(harness, 3)
    for _ in range(14):
        later(harness.program, hours=12)
        harness.run("poll", expect=3)
    said = unhealthy(harness, "1 message to the channel team", "the channel is disabled")
    assert any("team" in str(mail.parsed["Subject"]) for mail in harness.box.mails), "the owner hears by another way"
    harness.sink.answers = [204]
    follow(harness, said)
    harness.run("poll", expect=None)
    healthy(harness)


def test_an_address_is_refused_for_good(harness: Alerting) -> None:
    harness.box.say[OTHER] = "550 5.1.1 no such user"
    change(harness, 0)
    found = status(harness)
    said = "\n".join(found["warnings"])
    assert OTHER in said or not found["healthy"]
    reached = [mail.to for mail in harness.box.mails]
    assert ("me@example.org",) in reached


def test_the_last_word_was_given_up(harness: Alerting) -> None:
    harness.sink.answers = [413]
    change(harness, 0)
    said = unhealthy(harness, "The last message to the channel team", ONE, "413")
    harness.sink.answers = [204]
    follow(harness, said)
    assert "trialwatch alerts retry --channel team" in said
    harness.run("alerts", "retry", "--channel", "team")
    harness.run("poll")
    healthy(harness)


def test_an_older_loss_is_a_warning(harness: Alerting) -> None:
    harness.sink.answers = [413, 204]
    change(harness, 0)
    harness.program.day(1)
    update(harness.registry.studies[TWO], harness.program.clock.read_text()[:10], overallStatus="COMPLETED")
    harness.run("poll")
    healthy(harness, "1 message could not be delivered")


def test_the_owner_is_muted(harness: Alerting) -> None:
    harness.run("alerts", "mute", "me")
    healthy(harness, "The owner's channel me is muted, so nobody hears of trouble")
    found = status(harness)
    follow(harness, found["warnings"][0].partition("To lift that: ")[2])
    healthy(harness)


def test_nobody_looks_for_two_days(harness: Alerting) -> None:
    later(harness.program, days=2)
    healthy(harness)
    later(harness.program, minutes=1)
    said = unhealthy(
        harness, "2 watched trials of ctgov: nobody has looked since 2026-08-14 15:00", "trialwatch daemon"
    )
    follow(harness, said)
    healthy(harness)


def test_a_crontab_counts(harness: Alerting) -> None:
    for _ in range(6):
        harness.program.day(1)
        harness.run("poll")
        healthy(harness)


def test_what_was_never_read_counts_from_its_first_day(tmp_path: Path) -> None:
    with RegistryServer(faults=lambda _: Reply(503)) as registry:
        program = Program(tmp_path / "home", registry)
        program.run("watch", ONE, "--no-backfill", expect=3)
        healthy(program, "No channel", "could read nothing")
        later(program, days=3)
        program.run("poll", expect=1)
        said = unhealthy(program, "1 watched trial of ctgov: no poll could read anything yet", "trialwatch doctor")
        follow(program, said, expect=1)


def test_one_poll_that_fails_is_no_illness(harness: Alerting) -> None:
    harness.program.day(1)
    harness.registry.faults = lambda _: Reply(403, b"<html></html>", "text/html")
    harness.run("poll", expect=1)
    healthy(harness, "The last poll of ctgov could read nothing", "firewall")
    later(harness.program, days=2)
    unhealthy(harness, "no poll could read anything since", "trialwatch doctor")


def test_a_run_is_held(harness: Alerting) -> None:
    more = [f"NCT0000001{number}" for number in range(6)]
    harness.registry.studies |= {trial: record(trial) for trial in more}
    harness.run("watch", *more, "--no-backfill")
    harness.program.day(1)
    for study in harness.registry.studies.values():
        study["protocolSection"]["statusModule"].pop("lastUpdateSubmitDate", None)
    harness.run("poll", expect=3)
    said = unhealthy(harness, "was held and waits for a look: trialwatch poll --accept")
    follow(harness, said, expect=None)
    healthy(harness)


def test_a_record_in_quarantine(harness: Alerting) -> None:
    harness.program.day(1)
    harness.registry.studies[ONE]["protocolSection"]["statusModule"]["overallStatus"] = 7
    harness.run("poll", expect=3)
    healthy(harness, f"{ONE} is in quarantine")


def test_the_config_file_has_a_mistake(harness: Alerting) -> None:
    harness.configure(harness.config + rule("nobody", name="other"))
    said = unhealthy(harness, "The config file has 1 mistake")
    follow(harness, said, expect=2)


def test_a_channel_that_was_taken_out_of_the_file(harness: Alerting) -> None:
    harness.program.day(1)
    update(harness.registry.studies[TWO], harness.program.clock.read_text()[:10], overallStatus="COMPLETED")
    harness.run("poll", "--no-deliver")
    harness.configure(harness.config.replace('name = "team"', 'name = "crew"').replace('"team"', '"crew"'))
    healthy(harness, "1 message to the channel team, which is not in the config file")
    later(harness.program, hours=2)
    said = unhealthy(harness, "the config file does not have this channel any more")
    follow(harness, said.partition("see: ")[2])


@in_own_mounts
def _full(harness: Alerting) -> None:
    home = harness.program.home
    kept = {path.name: path.read_bytes() for path in home.iterdir() if path.is_file()}
    mount("-t", "tmpfs", "-o", "size=4m", "tmpfs", home)
    for name, content in kept.items():
        (home / name).write_bytes(content)
    fill(home / "ballast")
    told = harness.run("status", "-o", "json", expect=1).json["error"]
    assert told["kind"] == "storage_full" and "Make room on that disk" in told["message"], told
    os.truncate(home / "ballast", (home / "ballast").stat().st_size - 300_000)
    healthy(harness, "make room, or the store cannot be written")


def test_the_disk_is_full(harness: Alerting) -> None:
    _full(harness)


def test_poll_says_by_its_exit_code_what_was_not_delivered(harness: Alerting) -> None:
    change(harness, 3, HOOK_SECRET="")
    told = harness.run("poll", expect=3, HOOK_SECRET="")
    assert "1 message due now could not be delivered. To see why: trialwatch status" in told.err
    assert harness.run("poll", "--no-deliver", HOOK_SECRET="").code == 0
    harness.run("poll")


def test_a_channel_was_closed_and_nobody_was_told(harness: Alerting) -> None:
    harness.configure(harness.config.replace('[alerts]\nowner = "me"\n', ""))
    harness.sink.answers = [410]
    change(harness, 3)
    said = unhealthy(harness, "The channel team is disabled, and nobody could be told")
    harness.sink.answers = [204]
    follow(harness, said)
    harness.run("poll")
    healthy(harness)


def test_a_number_the_registry_does_not_know(harness: Alerting) -> None:
    harness.registry.faults = lambda _: Reply(503)
    harness.run("watch", "NCT00000099", "--no-backfill", expect=3)
    harness.registry.faults = []
    harness.program.day(1)
    harness.run("poll", expect=3)
    healthy(harness, "NCT00000099 is watched, and the registry does not know it. Check the number")
    harness.program.day(1)
    harness.run("poll")
    said = "\n".join(status(harness)["warnings"])
    follow(harness, said.partition("Check the number: ")[2])
    healthy(harness)
