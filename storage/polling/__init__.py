"""What polls leave in the store: runs, hosts, jobs, requests, locks."""
