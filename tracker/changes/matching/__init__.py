"""Find the item of the next version that corresponds to an item of this one. Pure."""
