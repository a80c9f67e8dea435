"""Time: the clock, registry calendars, check intervals, retries and the scheduler."""
