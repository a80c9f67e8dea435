"""What changed between two versions of posted results, value by value."""
