-- Fails when accepted sightings of a source and its leads differ: sightings = leads + superseded + rejects.
SELECT source, count(DISTINCT source_id) AS expected, any_value(leads) AS leads
FROM staging.sightings
LEFT JOIN (SELECT source, count(*) AS leads FROM staging.leads GROUP BY source) USING (source)
WHERE reject_reason IS NULL
GROUP BY source
HAVING expected IS DISTINCT FROM any_value(leads)
