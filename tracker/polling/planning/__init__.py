"""When trials are due again, and what data timestamps say."""
