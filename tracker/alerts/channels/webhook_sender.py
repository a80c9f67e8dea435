"""Send signed webhooks (Standard Webhooks 1.0.0): the key as id on each attempt, with a new time and signature."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

from standardwebhooks.webhooks import Webhook

from tracker.alerts.channels.channel import Delivery, Probe, Receipt
from tracker.alerts.channels.poster import Header, Poster
from tracker.alerts.message import Alert
from tracker.alerts.render.webhook_body import webhook_body

__all__ = ["WebhookChannel"]


class WebhookChannel:
    """One receiver of signed webhooks, reached by `poster`."""

    addresses: tuple[str, ...] = ()
    for_people = False

    def __init__(self, poster: Poster, secrets: Sequence[str]) -> None:
        self.name = poster.name
        self.fingerprint = poster.fingerprint
        self._poster = poster
        self._signers = [Webhook(secret) for secret in secrets]

    def render(self, alert: Alert) -> bytes:
        """Return the JSON body, at most 20,000 bytes."""
        return webhook_body(alert)

    def send(self, delivery: Delivery) -> Receipt:
        """Send one signed POST. Raise as `Poster.post` does."""
        return Receipt(self._poster.post(delivery, "application/json", self._signed(delivery)))

    def probe(self, seconds: float) -> Probe:
        return self._poster.probe(seconds)

    def close(self) -> None:
        self._poster.close()

    def _signed(self, delivery: Delivery) -> list[Header]:
        now, text = delivery.now.astimezone(UTC), delivery.body.decode()
        signatures = " ".join(signer.sign(delivery.key, now, text) for signer in self._signers)
        return [
            (b"webhook-id", delivery.key.encode()),
            (b"webhook-timestamp", str(int(now.timestamp())).encode()),
            (b"webhook-signature", signatures.encode()),
        ]
