"""What the daemon does besides looking and delivering."""
