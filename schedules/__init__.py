"""When we do it: the clock, the registry's calendar, and later the engine."""
