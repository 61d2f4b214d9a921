-- One row: what was spent in all, and on how many replies, meetings and won deals.
SELECT
    (SELECT coalesce(sum(usd), 0) FROM reports.spend) AS usd,
    (SELECT count(DISTINCT person_key) FROM reports.touches WHERE kind = 'reply' AND is_human) AS replied,
    (SELECT count(DISTINCT person_key) FROM reports.touches WHERE kind IN ('booked', 'showed')) AS met,
    (SELECT count(DISTINCT vendor_id) FROM reports.touches WHERE kind = 'won') AS won
