"""Delivery of the outbox: the delivery worker, and the outcomes of its attempts."""
