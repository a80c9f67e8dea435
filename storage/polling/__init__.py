"""What polls leave behind: runs, hosts, jobs, requests, locks."""
