"""Which item of one version is which item of the next. Pure."""
