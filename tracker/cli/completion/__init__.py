"""What a shell offers when a person presses Tab: names of commands and options, ids, tags and other words."""
