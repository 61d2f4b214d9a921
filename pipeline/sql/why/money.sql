-- One row per charge that names the person, the latest first.
SELECT spent_at, run_id, vendor, unit, quantity, usd, purpose, search, outcome, price_as_of
FROM reports.spend
WHERE list_contains($keys, person_key)
ORDER BY spent_at DESC
