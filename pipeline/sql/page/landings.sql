-- One row per vendor, field and way in which a value landed otherwise than intended.
SELECT vendor, field, landed, count(*) AS fields
FROM (
    SELECT vendor, field, landed FROM crm.zoho__readback
    UNION ALL
    SELECT vendor, field, landed FROM outreach.ghl__readback
) AS landings
WHERE landed NOT IN ('stored', 'normalised')
GROUP BY vendor, field, landed
ORDER BY fields DESC, vendor, field
