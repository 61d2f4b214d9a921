-- Fails when a raw record of a source is neither a sighting nor anything else: in = out, per source.
SELECT 'apollo' AS source, raw_rows, sightings
FROM (SELECT count(*) AS raw_rows FROM raw.apollo__people)
CROSS JOIN (SELECT count(*) AS sightings FROM staging.sightings WHERE source = 'apollo')
WHERE raw_rows <> sightings

UNION ALL

SELECT 'csv' AS source, raw_rows, sightings
FROM (SELECT count(*) AS raw_rows FROM raw.salesnav__people)
CROSS JOIN (SELECT count(*) AS sightings FROM staging.sightings WHERE source <> 'apollo')
WHERE raw_rows <> sightings
