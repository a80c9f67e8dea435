"""Alembic's migration scripts, installed with the program."""
