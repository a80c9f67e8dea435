"""From the outbox to the channels: the courier, and what came of its attempts."""
