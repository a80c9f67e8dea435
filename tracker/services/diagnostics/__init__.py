"""Whether the installation works, and how the watch is doing."""
