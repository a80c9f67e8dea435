"""The past of a trial: fetched, resumed, merged with what was polled and imported."""
