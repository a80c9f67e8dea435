"""Who is told of what, when, and how it reaches them."""
