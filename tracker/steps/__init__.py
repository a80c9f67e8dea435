"""The steps of one poll, a file each, in the order `tracker.poll` takes them: fetch, decide, commit, notices."""
