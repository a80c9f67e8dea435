"""Find trials similar to one trial at its registry, rank them, and give checked reasons. Start at `find_similar`."""
