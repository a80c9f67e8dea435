"""Registered against reported: which registered outcomes are found among the measures that were posted. Pure."""
