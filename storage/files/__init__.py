"""Files of the store: private, replaced in one step, cleaned up after a process that was killed."""
