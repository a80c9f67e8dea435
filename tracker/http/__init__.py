"""The one way to the network: the program's name and the certificates it trusts, the same for every connection."""
