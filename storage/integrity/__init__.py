"""Verify that what is stored is what was stored."""
