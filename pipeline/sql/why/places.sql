-- One row per kind of place that was searched, and how many rows it has.
SELECT 'source records' AS place, count(*) AS n FROM staging.leads

UNION ALL

SELECT 'records of Zoho and GoHighLevel' AS place, count(*) AS n FROM staging.crm_people

UNION ALL

SELECT 'merged keys' AS place, count(*) AS n FROM identity.redirects
