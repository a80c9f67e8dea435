"""The background process: its jobs, its log, and how it starts, reloads and stops."""
