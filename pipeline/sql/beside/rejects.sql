-- One row per reason why records were set aside, the five most frequent. Runs on warehouse.duckdb.
SELECT reason, count(*) AS records
FROM staging.rejects
GROUP BY reason
ORDER BY records DESC, reason
LIMIT 5
