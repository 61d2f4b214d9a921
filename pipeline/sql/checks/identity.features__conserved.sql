-- Fails when a lead or platform record is missing from identity, or its number is not dense.
SELECT source, source_id, 'missing' AS problem
FROM (
    SELECT source, source_id FROM staging.leads
    UNION ALL SELECT vendor || ':' || object, record_id FROM staging.crm_people
)
ANTI JOIN identity.features USING (source, source_id)

UNION ALL

SELECT source, source_id, 'numbered wrongly'
FROM identity.features
QUALIFY record_no <> row_number() OVER (ORDER BY record_no) - 1
