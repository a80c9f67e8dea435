"""Which trials are watched, under which tags and in which cohorts."""
