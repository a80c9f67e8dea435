"""Raw documents, each stored once and compressed."""
