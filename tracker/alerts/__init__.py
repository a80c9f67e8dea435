"""Who is told of which changes, and how a message reads and is sent."""
