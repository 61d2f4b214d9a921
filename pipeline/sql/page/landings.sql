-- One row per vendor, field and way in which a value landed otherwise than intended; the most frequent twenty.
SELECT vendor, field, landed, count(*) AS fields
FROM reports.changes
WHERE landed NOT IN ('stored', 'normalised', 'unverifiable')
GROUP BY vendor, field, landed
ORDER BY fields DESC, vendor, field
LIMIT 20
