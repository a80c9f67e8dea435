"""Verify that stored rows and documents are what was stored."""
