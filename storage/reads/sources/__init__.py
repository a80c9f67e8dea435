"""Where the connections of a door come from: a file, or a server."""
