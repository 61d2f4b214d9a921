-- One row per planned field write, kept for ever; the ledger has masked the values.
SELECT
    $workspace AS workspace,
    * EXCLUDE (workspace)
FROM ledger_changes
