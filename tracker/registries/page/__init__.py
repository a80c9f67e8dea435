"""Shared by all registries that have only pages: bytes to text, text to a safe tree, tree to labels. Pure."""
