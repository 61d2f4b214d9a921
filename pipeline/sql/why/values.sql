-- One row per surviving value of the person, and of the company they work for, and where it came from.
SELECT person_key, field, value, source, source_id, landing_ref, position, seen_at, rule, losing_values
FROM identity.provenance
WHERE list_contains($keys, person_key)

UNION ALL

SELECT
    person.person_key, 'company: ' || told.field, told.value, told.source, told.source_id, told.landing_ref,
    told.position, told.seen_at, told.rule, told.losing_values
FROM identity.people AS person
INNER JOIN identity.company_provenance AS told ON person.company_key = told.company_key
WHERE list_contains($keys, person.person_key) AND told.field <> 'name_norm'
ORDER BY starts_with(field, 'company: '), field
