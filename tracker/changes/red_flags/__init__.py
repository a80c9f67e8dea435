"""Edits that may matter more than they look. Pure."""
