-- One row per key that was merged into another.
SELECT
    $workspace AS workspace,
    old_key,
    new_key,
    merged_at
FROM identity.redirects
