"""Which changes are told to which channels, and when. Pure."""
