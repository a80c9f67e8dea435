"""Who may ask, and what every answer carries."""
