"""What lies before our own looks: the registry's history, saved files, and their place in the timeline."""
