"""Write down what happened, together with who is told of it."""
