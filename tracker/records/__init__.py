"""What a trial is, whichever registry told us: TrialRecord and its parts. Pure values, no I/O."""
