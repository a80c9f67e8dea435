"""Messages on their way, and the state of the channels they take."""
