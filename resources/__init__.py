"""What talks: every input and output of leadflow goes through this package."""
