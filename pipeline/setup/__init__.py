"""Setting up a workspace: what to allow at each vendor, and the files that answers become."""
