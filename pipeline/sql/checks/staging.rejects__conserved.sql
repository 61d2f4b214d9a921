-- Fails when a rejected sighting has no row in rejects, or a reject has no reason.
SELECT landing_ref, position
FROM staging.sightings
WHERE reject_reason IS NOT NULL
EXCEPT
SELECT landing_ref, position
FROM staging.rejects
WHERE target = 'staging.leads' AND reason IS NOT NULL
