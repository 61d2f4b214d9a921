-- Fails when the open period of a person is missing, doubled or differs from the scores of this run.
SELECT s.person_key, count(h.person_key) AS open_periods
FROM "qualify".scores AS s
LEFT JOIN "qualify".score_history AS h ON h.person_key = s.person_key AND h.valid_to IS NULL
GROUP BY s.person_key
HAVING
    count(h.person_key) <> 1
    OR bool_or(
        (h.account_fit, h.persona_influence, h.engagement, h.grade)
        IS DISTINCT FROM (s.account_fit, s.persona_influence, s.engagement, s.grade)
    )
