"""The trial record (`TrialRecord`), the same for every registry, and its parts. Pure values, no I/O."""
