"""What wires: Dagster assets, checks and jobs, and the command line."""
