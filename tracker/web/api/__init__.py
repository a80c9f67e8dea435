"""`/api/v1`: what the commands print with `-o json`, over HTTP, for programs."""
