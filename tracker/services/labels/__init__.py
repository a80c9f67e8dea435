"""Tags and notes on trials."""
