"""The sentences under a table, and on standard error."""
