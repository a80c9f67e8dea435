"""What plots are made of: shapes, scales, axes, labels. Pure."""
