"""The embedded demo registry, and the story of a trial that it replays."""
