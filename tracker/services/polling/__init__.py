"""Poll now, here or through the running daemon."""
