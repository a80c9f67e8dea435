"""How fast, how large: ratios measured in one run, against the least that any program would have to do."""
