"""Red flags: edits that may matter more than they look. Pure."""
