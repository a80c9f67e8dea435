"""The config file: what it says, what is wrong with it, and how to change it."""
