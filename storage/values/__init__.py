"""Plain frozen values shared by the store and the pure deciders. Imports no SQL and nothing of `storage`."""
