-- One row per e-mail source, counter and day it was read on: the running total, and what came since the day before.
WITH sources AS (
    SELECT
        'ghl' AS vendor,
        coalesce(payload ->> 'source', 'schedule') AS source,
        coalesce(payload ->> 'sourceId', record_id) AS source_id,
        payload ->> 'name' AS name,
        landed_on, fetched_at, landing_ref, position,
        CASE json_type(payload, '$.stats') WHEN 'OBJECT' THEN payload -> '$.stats' ELSE payload END AS counters,
        coalesce(json_type(payload, '$.stats') = 'OBJECT', FALSE) AS is_apart
    FROM raw.ghl__email_stats
    UNION ALL
    SELECT
        'apollo', 'sequence', record_id, payload ->> 'name', landed_on, fetched_at, landing_ref, position, payload, FALSE
    FROM raw.apollo__sequences
),

counted AS (
    SELECT *, unnest(json_keys(counters)) AS counter
    FROM sources
    WHERE source_id IS NOT NULL
),

-- Rates are no counters. Beside the statistics, a record holds numbers that count nothing.
readings AS (
    SELECT
        *,
        regexp_replace(counter, '^unique_', '') AS metric,
        try_cast(counters ->> concat('$."', counter, '"') AS DOUBLE) AS total
    FROM counted
    WHERE
        NOT regexp_matches(counter, '[rR]ate$')
        AND (
            is_apart
            OR regexp_matches(lower(counter), '^(unique_.*|(sent|delivered|opened|clicked|replied|bounced|unsubscribed|complained|failed)(count)?)$')
        )
),

last_of_day AS (
    SELECT *
    FROM readings
    WHERE total IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY vendor, source, source_id, metric, landed_on ORDER BY fetched_at DESC, landing_ref DESC, position DESC
    ) = 1
),

compared AS (
    SELECT
        *,
        lag(total) OVER (PARTITION BY vendor, source, source_id, metric ORDER BY landed_on) AS before,
        min(landed_on) OVER (PARTITION BY vendor, source) AS first_on
    FROM last_of_day
)

SELECT
    vendor,
    source,
    source_id,
    name,
    metric,
    landed_on AS taken_on,
    total,
    CASE
        -- What was there when we looked for the first time came on days that nobody knows.
        WHEN before IS NULL AND landed_on = first_on THEN NULL
        WHEN before IS NULL OR total < before THEN total
        ELSE total - before
    END AS difference,
    coalesce(total < before, FALSE) AS was_reset,
    landing_ref || '#' || position AS raw_ref
FROM compared
