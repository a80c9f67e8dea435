"""What we read: a folder a registry. `listed` has them all; `registry` says what one is."""
