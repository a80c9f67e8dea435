"""What changed between two versions of a record: differing fields, and the events they make. Pure."""
