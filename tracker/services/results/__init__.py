"""What is owed, and a sponsor's or a portfolio's results."""
