"""How similar trials are, and why: words, weights, vectors, order, reasons. Pure."""
