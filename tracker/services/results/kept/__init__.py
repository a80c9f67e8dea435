"""What does not depend on today is worked out once and kept."""
