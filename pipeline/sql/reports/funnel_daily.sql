-- One row per day and step of the funnel that somebody reached on that day.
-- A person counts once per step, on the day they first reached it: people of a step may be added up over days.
WITH reached AS (
    SELECT 1 AS position, 'sourced' AS step, person_key, (first_seen_at AT TIME ZONE $time_zone)::DATE AS day
    FROM reports.people
    WHERE first_source IS NOT NULL AND first_seen_at IS NOT NULL
    UNION ALL
    SELECT 2, 'qualified', coalesce(r.new_key, h.person_key), (h.valid_from AT TIME ZONE $time_zone)::DATE
    FROM reports.score_history AS h
    LEFT JOIN reports.redirects AS r ON r.old_key = h.person_key
    WHERE h.grade IN ('A', 'B')
    UNION ALL
    SELECT s.position, s.step, t.person_key, t.occurred_day
    FROM reports.touches AS t
    INNER JOIN (
        VALUES
        ('enrolled', 3, 'enrolled'), ('delivered', 4, 'delivered'), ('reply', 5, 'replied'), ('booked', 6, 'meeting'),
        ('showed', 6, 'meeting'), ('deal_stage', 7, 'deal'), ('won', 7, 'deal'), ('lost', 7, 'deal'), ('won', 8, 'won')
    ) AS s (kind, position, step) ON s.kind = t.kind
    WHERE t.person_key IS NOT NULL AND (t.kind <> 'reply' OR t.is_human)
),

firsts AS (
    SELECT position, step, person_key, min(day) AS day
    FROM reached
    GROUP BY position, step, person_key
),

deals AS (
    SELECT vendor, vendor_id, arg_max(value, occurred_at) AS value, min(occurred_day) AS day
    FROM reports.touches
    WHERE kind = 'won'
    GROUP BY vendor, vendor_id
),

amounts AS (
    SELECT 'won' AS step, day, count(*) AS deals, sum(value) AS amount
    FROM deals
    GROUP BY day
),

counted AS (
    SELECT position, step, day, count(*) AS people
    FROM firsts
    GROUP BY position, step, day
)

SELECT
    $workspace AS workspace,
    coalesce(c.day, a.day) AS funnel_day,
    coalesce(c.position, 8) AS position,
    coalesce(c.step, a.step) AS step,
    coalesce(c.people, 0) AS people,
    coalesce(a.deals, 0) AS deals,
    a.amount
FROM counted AS c
FULL OUTER JOIN amounts AS a ON a.step = c.step AND a.day = c.day
