"""Results of trials: the cycle of submissions, and who must publish results by when. Pure."""
