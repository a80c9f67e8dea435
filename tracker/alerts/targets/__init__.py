"""Addresses of channels as the configuration writes them, checked. Pure except for secret files."""
