"""The sentences that pages begin with. Pure."""
