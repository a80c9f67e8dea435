"""The past of a trial: the registry's history, imported files, and their place in the timeline."""
