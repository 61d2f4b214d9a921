"""What to write to a vendor, what it costs, whether it may go, and what became of it. Pure decisions."""
