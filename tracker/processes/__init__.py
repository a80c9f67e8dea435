"""Several processes on one store: who runs, who waits, and what the service manager is told."""
