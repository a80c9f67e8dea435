"""Watch, stop watching, import and list trials."""
