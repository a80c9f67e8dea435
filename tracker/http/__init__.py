"""How this program presents itself to other hosts, and what it trusts there: one place for every way out."""
