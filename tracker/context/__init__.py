"""What one process is built from: settings, store, clock, registries."""
