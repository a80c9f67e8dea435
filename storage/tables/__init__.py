"""The tables, and their common base."""
