"""Report the result of a round of deliveries beside the data, for every command that delivers."""

from __future__ import annotations

from collections.abc import Mapping

from tracker.changes.wording.words import count_of
from tracker.cli.render.output import note
from tracker.delivery.stats import DeliveryStats

__all__ = ["tell_delivered"]


def tell_delivered(delivered: DeliveryStats, unusable: Mapping[str, str]) -> None:
    """Say what was sent, and which channels have trouble. `unusable` maps a channel to the reason."""
    if delivered.sent:
        note(f"Delivered {count_of(delivered.sent, 'message')}.")
    for channel, reason in delivered.trouble.items():
        note(f"The channel {channel} has trouble: {reason}")
    for channel, reason in unusable.items():
        note(f"The channel {channel} cannot be used, its messages wait: {reason}")
