-- One row per surviving value of the person and where it came from.
SELECT * FROM identity.provenance WHERE list_contains($keys, person_key) ORDER BY field
