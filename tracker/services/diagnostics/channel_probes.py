"""Dial the alert channels all at once, without sending a message, within one limit of time."""

from __future__ import annotations

from collections.abc import Collection
from threading import Thread

from tracker.alerts.channels.channel import Channel
from tracker.alerts.config import examine
from tracker.api.poll import Check
from tracker.config.settings import Settings
from tracker.context.clock_of import clock_of
from tracker.errors import DeliveryError, SettingsError

__all__ = ["PROBE_SECONDS", "dialled"]

PROBE_SECONDS = 10.0
"""For each channel. They are dialled at the same time."""
_GRACE_SECONDS = 5.0
"""A look-up of a name cannot be interrupted, so it is only waited for this much longer."""


def dialled(settings: Settings, names: Collection[str]) -> dict[str, Check]:
    """Return what came of dialling each of these channels, by its name. Takes at most a quarter of a minute."""
    stopwatch = clock_of(settings).stopwatch
    found: dict[str, Check] = {}
    threads: list[Thread] = []
    end = stopwatch() + PROBE_SECONDS + _GRACE_SECONDS
    for spec in examine(settings)[0].channels:
        if spec.name not in names:
            continue
        try:
            channel = spec.open(stopwatch, settings.outbound)
        except SettingsError as error:
            found[spec.name] = _row(spec.name, False, error.message)
            continue
        found[spec.name] = _row(
            spec.name,
            False,
            f"it did not answer within {end - stopwatch():.0f} seconds. Check its address in the config file, and the "
            "DNS of this machine, then: trialwatch doctor",
        )
        threads.append(Thread(target=_dial, args=(channel, found), daemon=True))
        threads[-1].start()
    for thread in threads:
        thread.join(max(0.0, end - stopwatch()))
    return dict(found)


def _dial(channel: Channel, found: dict[str, Check]) -> None:
    try:
        probe = channel.probe(PROBE_SECONDS)
        found[channel.name] = _row(channel.name, True if probe.dialled else None, probe.detail)
    except DeliveryError as error:
        found[channel.name] = _row(channel.name, False, error.message)
    finally:
        channel.close()


def _row(channel: str, ok: bool | None, detail: str) -> Check:
    return Check(check=f"channel {channel}", ok=ok, detail=detail)
