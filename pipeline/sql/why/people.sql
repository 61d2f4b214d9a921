-- One row per person asked for: the surviving values.
SELECT * FROM identity.people WHERE list_contains($keys, person_key) ORDER BY person_key
