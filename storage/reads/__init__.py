"""What lists and pages read: named SQL texts that both databases understand, behind one small read-only door."""
