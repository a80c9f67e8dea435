"""Codes, dates, values and texts in words. Pure."""
