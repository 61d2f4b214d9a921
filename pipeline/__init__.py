"""What leadflow decides: pure functions, SQL text and rules. No network, clock, randomness or environment."""
