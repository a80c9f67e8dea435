"""Events made from a comparison, one module per subject. Pure."""
