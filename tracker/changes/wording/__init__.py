"""Codes, dates, values and texts in plain words. Pure."""
