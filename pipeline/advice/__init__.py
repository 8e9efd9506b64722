"""What the DNS says of a school's sender, and what to ask of whoever keeps it (decision 0035)."""
