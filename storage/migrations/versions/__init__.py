"""One file a schema, in order; a released one is never edited."""
