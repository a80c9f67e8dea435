"""One run: what its steps pass on, count and report."""
