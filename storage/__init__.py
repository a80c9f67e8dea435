"""What we remember: tables, documents, versions, history, integrity. Knows nothing of trials' meaning."""
