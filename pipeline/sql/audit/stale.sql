-- One row per lead in Zoho, or contact in GoHighLevel, on which nothing happened for a long time.
SELECT vendor, object, record_id, link, active_at AS last_change_at,
    date_diff('day', active_at, $now::TIMESTAMPTZ) AS days
FROM audit_records
WHERE object IN ('Leads', 'contact') AND active_at < $stale_before::TIMESTAMPTZ
ORDER BY active_at, vendor, record_id
