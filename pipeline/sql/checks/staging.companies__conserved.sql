-- Fails when an organisation that Apollo told with an accepted person has no company row.
SELECT DISTINCT company.record_id AS source_id
FROM raw.apollo__companies AS company
INNER JOIN staging.sightings AS sighting
    ON company.landing_ref = sighting.landing_ref AND company.position = sighting.position
    AND sighting.source = 'apollo' AND sighting.reject_reason IS NULL
WHERE company.record_id IS NOT NULL
    AND company.record_id NOT IN (SELECT source_id FROM staging.companies WHERE source = 'apollo')
