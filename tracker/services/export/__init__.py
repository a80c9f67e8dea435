"""Export tables, and one change with its evidence."""
