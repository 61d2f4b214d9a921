-- Fails when known people were merged or split, net, by more than rules/identity.yaml allows in some days.
SELECT count(*) AS runs, sum(drift) AS drift, max(known_records) AS known_records
FROM identity.match_rates
WHERE as_of > $as_of::DATE - $match_rate_days::INTEGER AND known_records >= $match_rate_at_least
HAVING abs(sum(drift)) > $match_rate_drift
