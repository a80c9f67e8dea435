"""The watched trials as lists and pages of lists."""
