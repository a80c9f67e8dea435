"""The tables, and what all of them are built on."""
