-- One row per charge or metered call group.
-- Apollo is paid before anybody is a person: its charges name the record that was bought.
SELECT
    $workspace AS workspace,
    coalesce(m.person_key, CASE WHEN s.person_key NOT LIKE 'apollo:%' THEN s.person_key END) AS person_key,
    (s.spent_at AT TIME ZONE $time_zone)::DATE AS spent_day,
    s.* EXCLUDE (workspace, person_key, spent_day)
FROM ledger_spend AS s
LEFT JOIN identity.members AS m ON m.source = 'apollo' AND s.person_key = 'apollo:' || m.source_id
