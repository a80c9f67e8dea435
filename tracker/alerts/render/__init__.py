"""How an alert reads: mails, subjects, webhook bodies. Pure."""
