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

from tests.alerts.world import rule
from tests.cli.alerting import ONE, OTHER, TWO, Alerting, alerting
from tests.cli.program import Program, record, update
from tests.daemon.mounts import fill, in_own_mounts, mount
from tests.fault_server import RegistryServer, Reply

pytestmark = pytest.mark.fault("R-C1")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Alerting]:
    with alerting(tmp_path) as found:
        yield found


def later(program: Program, **time: float) -> None:
    """Time goes on; the registry publishes nothing."""
    now = datetime.fromisoformat(program.clock.read_text()) + timedelta(**time)
    program.clock.write_text(now.isoformat())


def status(world: Alerting | Program, **extra: str) -> dict[str, Any]:
    """What `status` says, once its exit code agrees with it."""
    run = world.run("status", "-o", "json", expect=None, **extra)
    found: dict[str, Any] = run.json["status"]
    assert run.code == (0 if found["healthy"] else 1)
    assert bool(found["troubles"]) is not found["healthy"]
    assert all(re.search(r"trialwatch |See its log|pip install", line) for line in found["troubles"]), found["troubles"]
    return found


def healthy(world: Alerting | Program, *warned: str, **extra: str) -> None:
    found = status(world, **extra)
    assert found["healthy"], found["troubles"]
    said = "\n".join(found["warnings"])
    assert all(word in said for word in warned), said
    assert warned or not found["warnings"], said


def unhealthy(world: Alerting | Program, *words: str, **extra: str) -> str:
    found = status(world, **extra)
    assert not found["healthy"]
    said = "\n".join(found["troubles"])
    assert all(word in said for word in words), said
    return said


def follow(world: Alerting | Program, said: str, expect: int | None = 0) -> None:
    """Run the first command that a sentence names."""
    found = re.search(r"trialwatch (alerts [a-z]+[^.;\n]*|poll[^.;,\n]*|doctor|unwatch [^.;\n]*)", said)
    assert found, said
    world.run(*shlex.split(found[1]), expect=expect)


def change(world: Alerting, expect: int, *words: str, **extra: str) -> None:
    world.program.day(1)
    day = world.program.clock.read_text()[:10]
    state = "TERMINATED" if "critical" in words else "COMPLETED"
    update(world.registry.studies[ONE], day, overallStatus=state)
    world.run("poll", expect=expect, **extra)


def test_before_the_first_poll(tmp_path: Path) -> None:
    with RegistryServer() as registry:
        healthy(Program(tmp_path / "home", registry))


def test_all_is_delivered(world: Alerting) -> None:
    healthy(world)
    change(world, 0)
    later(world.program, hours=3)
    healthy(world)


def test_nothing_is_watched(world: Alerting) -> None:
    world.run("unwatch", ONE, TWO)
    later(world.program, days=30)
    healthy(world)


def test_no_channel(world: Alerting) -> None:
    world.configure("")
    healthy(world, "No channel is set, so nobody is told of anything")


def test_the_password_is_missing(world: Alerting) -> None:
    change(world, 3, HOOK_SECRET="")
    healthy(world, "cannot be used from here", "HOOK_SECRET is not set", HOOK_SECRET="")
    later(world.program, minutes=61)
    said = unhealthy(world, "1 message to the channel team is due since", "HOOK_SECRET is not set", HOOK_SECRET="")
    follow(world, said)
    healthy(world)


def test_a_critical_message_is_late_sooner(world: Alerting) -> None:
    change(world, 3, "critical", HOOK_SECRET="")
    later(world.program, minutes=14)
    healthy(world, "HOOK_SECRET", HOOK_SECRET="")
    later(world.program, minutes=2)
    unhealthy(world, "1 message to the channel team is due", HOOK_SECRET="")


def test_a_server_is_down_for_an_hour(world: Alerting) -> None:
    world.sink.answers = [503]
    change(world, 3)
    later(world.program, minutes=30)
    healthy(world)
    later(world.program, minutes=40)
    unhealthy(world, "channel team", "503")
    world.sink.answers = [204]
    later(world.program, hours=2)
    world.run("poll")
    healthy(world)


def test_a_server_is_down_for_a_week(world: Alerting) -> None:
    world.sink.answers = [503]
    change(world, 3)
    for _ in range(14):
        later(world.program, hours=12)
        world.run("poll", expect=3)
    said = unhealthy(world, "1 message to the channel team", "the channel is disabled")
    assert any("team" in str(mail.parsed["Subject"]) for mail in world.box.mails), "the owner hears by another way"
    world.sink.answers = [204]
    follow(world, said)
    world.run("poll", expect=None)
    healthy(world)


def test_an_address_is_refused_for_good(world: Alerting) -> None:
    world.box.say[OTHER] = "550 5.1.1 no such user"
    change(world, 0)
    found = status(world)
    said = "\n".join(found["warnings"])
    assert OTHER in said or not found["healthy"]
    reached = [mail.to for mail in world.box.mails]
    assert ("me@example.org",) in reached


def test_the_last_word_was_given_up(world: Alerting) -> None:
    world.sink.answers = [413]
    change(world, 0)
    said = unhealthy(world, "The last message to the channel team", ONE, "413")
    world.sink.answers = [204]
    follow(world, said)
    assert "trialwatch alerts retry --channel team" in said
    world.run("alerts", "retry", "--channel", "team")
    world.run("poll")
    healthy(world)


def test_an_older_loss_is_a_warning(world: Alerting) -> None:
    world.sink.answers = [413, 204]
    change(world, 0)
    world.program.day(1)
    update(world.registry.studies[TWO], world.program.clock.read_text()[:10], overallStatus="COMPLETED")
    world.run("poll")
    healthy(world, "1 message could not be delivered")


def test_the_owner_is_muted(world: Alerting) -> None:
    world.run("alerts", "mute", "me")
    healthy(world, "The owner's channel me is muted, so nobody hears of trouble")
    found = status(world)
    follow(world, found["warnings"][0].partition("To lift that: ")[2])
    healthy(world)


def test_nobody_looks_for_two_days(world: Alerting) -> None:
    later(world.program, days=2)
    healthy(world)
    later(world.program, minutes=1)
    said = unhealthy(world, "2 watched trials of ctgov: nobody has looked since 2026-08-14 15:00", "trialwatch daemon")
    follow(world, said)
    healthy(world)


def test_a_crontab_counts(world: Alerting) -> None:
    for _ in range(6):
        world.program.day(1)
        world.run("poll")
        healthy(world)


def test_what_was_never_read_counts_from_its_first_day(tmp_path: Path) -> None:
    with RegistryServer(faults=lambda _: Reply(503)) as registry:
        program = Program(tmp_path / "home", registry)
        program.run("watch", ONE, "--no-backfill", expect=3)
        healthy(program, "No channel", "could read nothing")
        later(program, days=3)
        program.run("poll", expect=1)
        said = unhealthy(program, "1 watched trial of ctgov: no poll could read anything yet", "trialwatch doctor")
        follow(program, said, expect=1)


def test_one_poll_that_fails_is_no_illness(world: Alerting) -> None:
    world.program.day(1)
    world.registry.faults = lambda _: Reply(403, b"<html></html>", "text/html")
    world.run("poll", expect=1)
    healthy(world, "The last poll of ctgov could read nothing", "firewall")
    later(world.program, days=2)
    unhealthy(world, "no poll could read anything since", "trialwatch doctor")


def test_a_run_is_held(world: Alerting) -> None:
    more = [f"NCT0000001{number}" for number in range(6)]
    world.registry.studies |= {trial: record(trial) for trial in more}
    world.run("watch", *more, "--no-backfill")
    world.program.day(1)
    for study in world.registry.studies.values():
        study["protocolSection"]["statusModule"].pop("lastUpdateSubmitDate", None)
    world.run("poll", expect=3)
    said = unhealthy(world, "was held and waits for a look: trialwatch poll --accept")
    follow(world, said, expect=None)
    healthy(world)


def test_a_record_in_quarantine(world: Alerting) -> None:
    world.program.day(1)
    world.registry.studies[ONE]["protocolSection"]["statusModule"]["overallStatus"] = 7
    world.run("poll", expect=3)
    healthy(world, f"{ONE} is in quarantine")


def test_the_config_file_has_a_mistake(world: Alerting) -> None:
    world.configure(world.config + rule("nobody", name="other"))
    said = unhealthy(world, "The config file has 1 mistake")
    follow(world, said, expect=2)


def test_a_channel_that_was_taken_out_of_the_file(world: Alerting) -> None:
    world.program.day(1)
    update(world.registry.studies[TWO], world.program.clock.read_text()[:10], overallStatus="COMPLETED")
    world.run("poll", "--no-deliver")
    world.configure(world.config.replace('name = "team"', 'name = "crew"').replace('"team"', '"crew"'))
    healthy(world, "1 message to the channel team, which is not in the config file")
    later(world.program, hours=2)
    said = unhealthy(world, "the config file does not have this channel any more")
    follow(world, said.partition("see: ")[2])


@in_own_mounts
def _full(world: Alerting) -> None:
    home = world.program.home
    kept = {path.name: path.read_bytes() for path in home.iterdir() if path.is_file()}
    mount("-t", "tmpfs", "-o", "size=4m", "tmpfs", home)
    for name, content in kept.items():
        (home / name).write_bytes(content)
    fill(home / "ballast")
    told = world.run("status", "-o", "json", expect=1).json["error"]
    assert told["kind"] == "storage_full" and "Make room on that disk" in told["message"], told
    os.truncate(home / "ballast", (home / "ballast").stat().st_size - 300_000)
    healthy(world, "make room, or the store cannot be written")


def test_the_disk_is_full(world: Alerting) -> None:
    _full(world)


def test_poll_says_by_its_exit_code_what_was_not_delivered(world: Alerting) -> None:
    change(world, 3, HOOK_SECRET="")
    told = world.run("poll", expect=3, HOOK_SECRET="")
    assert "1 message due now could not be delivered. To see why: trialwatch status" in told.err
    assert world.run("poll", "--no-deliver", HOOK_SECRET="").code == 0
    world.run("poll")


def test_a_channel_was_closed_and_nobody_was_told(world: Alerting) -> None:
    world.configure(world.config.replace('[alerts]\nowner = "me"\n', ""))
    world.sink.answers = [410]
    change(world, 3)
    said = unhealthy(world, "The channel team is disabled, and nobody could be told")
    world.sink.answers = [204]
    follow(world, said)
    world.run("poll")
    healthy(world)


def test_a_number_the_registry_does_not_know(world: Alerting) -> None:
    world.registry.faults = lambda _: Reply(503)
    world.run("watch", "NCT00000099", "--no-backfill", expect=3)
    world.registry.faults = []
    world.program.day(1)
    world.run("poll", expect=3)
    healthy(world, "NCT00000099 is watched, and the registry does not know it. Check the number")
    world.program.day(1)
    world.run("poll")
    said = "\n".join(status(world)["warnings"])
    follow(world, said.partition("Check the number: ")[2])
    healthy(world)
