"""What people type: ids, days, names of things. The command line and the API read them in the same way."""
