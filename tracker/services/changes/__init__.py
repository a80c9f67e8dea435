"""Stored changes: asked for, explained, compared."""
