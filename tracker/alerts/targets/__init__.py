"""Where channels lead: addresses as the configuration writes them, checked. Pure but for secret files."""
