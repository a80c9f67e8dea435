"""What people type: arguments, options, files."""
