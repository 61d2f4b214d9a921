-- One row per pair of records that a person decided on.
-- `decided` holds every decision of the ledger, and whether a later one replaced it.
SELECT * FROM decided
