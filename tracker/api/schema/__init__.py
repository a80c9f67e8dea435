"""How shapes are declared, and the list of all that the outside contract names."""
