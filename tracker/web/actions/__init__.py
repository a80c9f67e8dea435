"""What can be done from the pages: each action is the service call of a command, behind one strict form."""
