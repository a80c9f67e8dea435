"""Alerts: which channels get which changes, how a message reads, and how it is sent."""
