"""The typed shapes of the outside contract: what `-o json` prints, and what a page or an API serves."""
