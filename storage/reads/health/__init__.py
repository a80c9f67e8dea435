"""What is asked about the watch itself: polls, jobs, messages, sets."""
