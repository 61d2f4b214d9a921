-- One row per segment that the person belongs to.
SELECT segment, tag FROM "qualify".tags WHERE list_contains($keys, person_key) ORDER BY position
