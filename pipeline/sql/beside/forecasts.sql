-- One row per vendor: what its latest plan would cost, and when the plan was kept. Runs on the ledger.
SELECT vendor, plan_hash, saved_at, summary
FROM plans
WHERE saved_no IN (SELECT max(saved_no) FROM plans GROUP BY vendor)
ORDER BY vendor DESC
