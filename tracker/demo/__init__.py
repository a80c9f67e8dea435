"""The embedded registry and the life of a trial that it replays."""
