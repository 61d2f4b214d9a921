-- One row per run: the share of records that are joined to others, and how far known records moved in it.
-- `assigned` has the person of each record, and the key that it had before this build, null when it is new.
SELECT
    $run_id AS run_id,
    $as_of::DATE AS as_of,
    $now::TIMESTAMPTZ AS measured_at,
    count(*) AS records,
    count(DISTINCT person_key) AS people,
    1 - count(DISTINCT person_key) / nullif(count(*), 0) AS match_rate,
    count(previous_key) AS known_records,
    count(DISTINCT previous_key) AS people_before,
    count(DISTINCT person_key) FILTER (WHERE previous_key IS NOT NULL) AS people_now,
    (count(DISTINCT previous_key) - count(DISTINCT person_key) FILTER (WHERE previous_key IS NOT NULL))
    / nullif(count(previous_key), 0) AS drift
FROM assigned
