"""`init`: how the program runs by itself from now on."""
