"""Which changes go to which channels, and when. Pure."""
