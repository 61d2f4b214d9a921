"""What `leadflow why` and `leadflow review` tell: facts gathered elsewhere, put in order and in words. Pure."""
