-- One row per day, vendor, unit and search (or purpose) that something was spent for, with what became of the people.
-- A person counts where they were bought: once, as long as nobody is bought twice; and for what they did afterwards only.
WITH charges AS (
    SELECT s.* REPLACE (coalesce(r.new_key, s.person_key) AS person_key)
    FROM reports.spend AS s
    LEFT JOIN reports.redirects AS r ON r.old_key = s.person_key
),

done AS (
    SELECT
        person_key,
        max(occurred_at) FILTER (kind = 'enrolled') AS enrolled_at,
        max(occurred_at) FILTER (kind = 'reply' AND is_human) AS replied_at,
        max(occurred_at) FILTER (kind IN ('booked', 'showed')) AS met_at,
        max(occurred_at) FILTER (kind = 'won') AS won_at
    FROM reports.touches
    WHERE person_key IS NOT NULL
    GROUP BY person_key
)

SELECT
    $workspace AS workspace,
    c.spent_day,
    c.vendor,
    c.unit,
    c.search,
    c.purpose,
    count(*) AS charges,
    sum(c.quantity) AS quantity,
    sum(c.forecast_quantity) AS forecast_quantity,
    coalesce(fsum(c.usd), 0) AS usd,
    count(*) FILTER (c.outcome = 'hit') AS hits,
    count(*) FILTER (c.outcome = 'miss') AS misses,
    count(DISTINCT c.person_key) AS people,
    count(DISTINCT c.person_key) FILTER (d.enrolled_at >= c.spent_at) AS people_enrolled,
    count(DISTINCT c.person_key) FILTER (d.replied_at >= c.spent_at) AS people_replied,
    count(DISTINCT c.person_key) FILTER (d.met_at >= c.spent_at) AS people_met,
    count(DISTINCT c.person_key) FILTER (d.won_at >= c.spent_at) AS people_won
FROM charges AS c
LEFT JOIN done AS d ON d.person_key = c.person_key
GROUP BY c.spent_day, c.vendor, c.unit, c.search, c.purpose
