-- Fails when the reasons of a score do not sum to it.
WITH reasons AS (
    SELECT
        person_key,
        unnest(from_json(reasons, '[{"score":"VARCHAR","rule":"VARCHAR","points":"INTEGER"}]')) AS reason
    FROM "qualify".scores
),

sums AS (
    SELECT
        person_key,
        coalesce(sum(reason.points) FILTER (WHERE reason.score = 'account_fit'), 0) AS account_fit,
        coalesce(sum(reason.points) FILTER (WHERE reason.score = 'persona_influence'), 0) AS persona_influence,
        coalesce(sum(reason.points) FILTER (WHERE reason.score = 'engagement'), 0) AS engagement
    FROM reasons
    GROUP BY person_key
)

SELECT s.person_key, s.account_fit, s.persona_influence, s.engagement
FROM "qualify".scores AS s
LEFT JOIN sums AS t ON t.person_key = s.person_key
WHERE
    s.account_fit IS DISTINCT FROM coalesce(t.account_fit, 0)
    OR s.persona_influence IS DISTINCT FROM coalesce(t.persona_influence, 0)
    OR s.engagement IS DISTINCT FROM coalesce(t.engagement, 0)
