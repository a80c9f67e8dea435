"""Plain frozen values that the store and those who decide both see. Imports nothing: no SQL, nothing of `storage`."""
