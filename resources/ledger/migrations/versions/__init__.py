"""Migrations of the ledger, in order; each freezes what the schema was then."""
