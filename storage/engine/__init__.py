"""The database: connections, transactions, errors, files, migrations."""
