"""Answers to what is asked of the store that take more than reading rows."""
