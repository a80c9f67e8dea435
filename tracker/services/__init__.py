"""The use cases for every front end: what the command line, a page or an API asks for."""
