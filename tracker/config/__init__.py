"""The configuration file and the environment, read into one frozen object."""
