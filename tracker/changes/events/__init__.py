"""The events of a comparison, one module per subject. Pure."""
