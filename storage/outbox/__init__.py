"""The message queue, and the state of the channels."""
