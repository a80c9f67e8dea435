"""Send a test message, or a sample of a real one, over one channel."""

from __future__ import annotations

from tracker.alerts.sample import SAMPLES, sample_changes
from tracker.api.alerts import TestedChannel
from tracker.app import open_context, open_delivery
from tracker.config.settings import Settings
from tracker.errors import DeliveryError, UsageError

__all__ = ["send_test"]


def send_test(settings: Settings, channel: str, kind: str = "") -> TestedChannel:
    """Send one message now. If it arrives, a disabled channel is open again.

    `kind`: one of SAMPLES for a sample of such a message. Raise UsageError for another kind, or for a channel that is
    unknown, unusable or muted. Raise DeliveryError if nothing arrived.
    """
    if kind and kind not in SAMPLES:
        raise UsageError(f"There is no sample of {kind[:40]!r}. There are: {', '.join(SAMPLES)}", subject=kind[:40])
    with open_context(settings) as context:
        sample = sample_changes(kind, context.clock.now()) if kind else ()
        try:
            receipt = open_delivery(context, settings).test(channel, sample)
        except DeliveryError as error:
            raise type(error)(
                f"The test did not arrive: {error.message}", subject=channel, status=error.status
            ) from error
    return TestedChannel(
        channel=channel,
        status=receipt.status,
        reached=list(receipt.reached),
        refused=dict(receipt.refused),
        deferred={**receipt.deferred, **receipt.doubted, **receipt.declined},
    )
