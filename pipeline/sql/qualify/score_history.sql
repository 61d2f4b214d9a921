-- One row per person whose scores differ from their open period: the period that begins now.
SELECT
    s.person_key,
    $now::TIMESTAMPTZ AS valid_from,
    CAST(NULL AS TIMESTAMPTZ) AS valid_to,
    s.account_fit,
    s.persona_influence,
    s.engagement,
    s.score,
    s.grade,
    s.rules_version,
    s.reasons,
    CASE
        WHEN h.person_key IS NULL THEN 'new data'
        WHEN h.rules_version <> s.rules_version THEN 'rule change'
        WHEN s.engagement > h.engagement OR s.last_human_signal_at > h.valid_from THEN 'event'
        WHEN s.account_fit <> h.account_fit OR s.persona_influence <> h.persona_influence THEN 'new data'
        WHEN s.engagement < h.engagement THEN 'decay'
        ELSE 'new data'
    END AS changed_because
FROM "qualify".scores AS s
LEFT JOIN "qualify".score_history AS h ON h.person_key = s.person_key AND h.valid_to IS NULL
WHERE
    h.person_key IS NULL
    OR (s.account_fit, s.persona_influence, s.engagement, s.score, s.grade, s.reasons::VARCHAR)
    IS DISTINCT FROM (h.account_fit, h.persona_influence, h.engagement, h.score, h.grade, h.reasons::VARCHAR)
