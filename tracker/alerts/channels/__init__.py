"""The channels alerts are sent over, one module each."""
