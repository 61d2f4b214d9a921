-- One row per Zoho account that may be the person's employer, the likeliest first.
SELECT account_id, account_name, evidence, points, is_winner, tie_breaker
FROM identity.account_matches
WHERE list_contains($keys, person_key)
ORDER BY place
