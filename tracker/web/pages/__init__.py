"""One module a page. Each answers one question, and gives the same facts to people (HTML) and programs (JSON)."""
