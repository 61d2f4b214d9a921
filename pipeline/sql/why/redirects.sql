-- One row per key that was merged into one of the people asked for.
SELECT old_key, new_key, merged_at FROM identity.redirects WHERE list_contains($keys, new_key) ORDER BY merged_at, old_key
