-- One row per day, vendor, unit and search (or purpose) that something was spent for, with what became of the people.
-- A person counts where they were bought: once, as long as nobody is bought twice.
WITH charges AS (
    SELECT s.* REPLACE (coalesce(r.new_key, s.person_key) AS person_key)
    FROM reports.spend AS s
    LEFT JOIN reports.redirects AS r ON r.old_key = s.person_key
),

done AS (
    SELECT
        person_key,
        bool_or(kind = 'enrolled') AS is_enrolled,
        bool_or(kind = 'reply' AND is_human) AS has_replied,
        bool_or(kind IN ('booked', 'showed')) AS has_met,
        bool_or(kind = 'won') AS is_won
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
    coalesce(sum(c.usd), 0) AS usd,
    count(*) FILTER (c.outcome = 'hit') AS hits,
    count(*) FILTER (c.outcome = 'miss') AS misses,
    count(DISTINCT c.person_key) AS people,
    count(DISTINCT c.person_key) FILTER (d.is_enrolled) AS people_enrolled,
    count(DISTINCT c.person_key) FILTER (d.has_replied) AS people_replied,
    count(DISTINCT c.person_key) FILTER (d.has_met) AS people_met,
    count(DISTINCT c.person_key) FILTER (d.is_won) AS people_won
FROM charges AS c
LEFT JOIN done AS d ON d.person_key = c.person_key
GROUP BY c.spent_day, c.vendor, c.unit, c.search, c.purpose
