"""Results: the cycle of a pending submission, and how it is shown."""
