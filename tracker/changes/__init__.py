"""What a change is: fields that differ, and the events they make. Pure."""
