"""The store as a whole: verified, and restored from a backup."""
