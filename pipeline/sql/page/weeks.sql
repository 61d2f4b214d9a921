-- One row per week of the last twelve and grade: replies by people, and meetings booked.
SELECT
    date_trunc('week', occurred_day)::DATE AS week,
    coalesce(grade_then, '–') AS grade,
    count(*) FILTER (WHERE kind = 'reply') AS replies,
    count(*) FILTER (WHERE kind = 'booked') AS meetings
FROM reports.touches
WHERE
    is_human AND kind IN ('reply', 'booked')
    AND occurred_day > date_trunc('week', $as_of::DATE)::DATE - 84
GROUP BY week, grade
ORDER BY week, grade
