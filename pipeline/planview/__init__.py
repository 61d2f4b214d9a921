"""A plan for people to look at: its facts as one JSON object, and the same as text and as Markdown. Pure."""
