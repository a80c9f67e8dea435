"""Trials, their versions, events, and the order of versions in time."""
