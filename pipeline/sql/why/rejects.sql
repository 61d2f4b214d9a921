-- One row per record that could not be typed and holds the text that was asked for.
SELECT source, landing_ref, position, reason
FROM staging.rejects
WHERE contains(lower(payload::VARCHAR), lower($text))
ORDER BY landing_ref, position
LIMIT 10
