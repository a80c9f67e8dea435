"""Sets of trials that are searched for again: the trials most like one, and saved queries."""
