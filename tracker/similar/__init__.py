"""Trials like one trial: found at the registry, ranked here, each with reasons that hold. Start at `search`."""
