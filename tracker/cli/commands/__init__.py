"""One module per command, named as the command; each offers `command`. `command_table.py` lists them."""
