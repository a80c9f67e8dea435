"""One poll, step by step. Read `poll.py` first."""
