"""Back up a store and restore it."""
