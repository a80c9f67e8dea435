"""One module per command, with the command's name. Each offers `command`, and `command_table.py` lists them."""
