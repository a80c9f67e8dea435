"""What is asked about trials, their versions, results and next checks."""
