"""The versions of a trial: shown, listed, followed through a field, and compared."""
