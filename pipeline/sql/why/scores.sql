-- One row per score of the person: one.
SELECT * FROM "qualify".scores WHERE list_contains($keys, person_key)
