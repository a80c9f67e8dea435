"""Similar trials, and the cohorts built from them."""
