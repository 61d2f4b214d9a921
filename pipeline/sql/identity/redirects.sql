-- One row per key that was merged into another.
-- `merged` holds every merged key, the key that stands for it today, and when it was merged, from the ledger.
SELECT old_key, new_key, merged_at FROM merged
