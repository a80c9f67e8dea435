"""Several processes on one store: who runs, who waits, who is asked, and what the service manager is told."""
