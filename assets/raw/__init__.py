"""Raw: what the vendors and files said, one partition per ingest day."""
