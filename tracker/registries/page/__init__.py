"""What all registries share that have pages only: bytes to text, text to a harmless tree, tree to labels. Pure."""
