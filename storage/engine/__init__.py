"""The database itself: connections, transactions, errors, files, migrations."""
