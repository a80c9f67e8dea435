"""Read histories and records out of files that people have."""
