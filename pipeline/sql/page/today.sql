-- One row: what people did in the last seven days that asks for somebody, and what is to be judged.
WITH latest AS (
    SELECT person_key, max(occurred_at) AS replied_at
    FROM reports.touches
    WHERE kind = 'reply' AND is_human AND occurred_day > $as_of::DATE - 7
    GROUP BY person_key
),

answered AS (
    SELECT DISTINCT l.person_key
    FROM latest AS l
    INNER JOIN reports.touches AS t ON t.person_key = l.person_key AND t.occurred_at > l.replied_at
    WHERE t.kind IN ('call', 'booked', 'showed') OR (t.direction = 'out' AND t.kind = 'sent')
),

open_replies AS (
    SELECT date_diff('hour', replied_at, $now::TIMESTAMP) AS hours_ago
    FROM latest
    WHERE person_key NOT IN (SELECT person_key FROM answered) OR person_key IS NULL
)

SELECT
    (SELECT count(*) FROM latest) AS replied,
    (SELECT count(*) FROM open_replies) AS unanswered,
    (SELECT count(*) FROM open_replies WHERE hours_ago > 4) AS late,
    (
        SELECT count(*)
        FROM reports.touches
        WHERE kind = 'booked' AND occurred_day > $as_of::DATE - 7
    ) AS meetings,
    (SELECT count(*) FROM identity.reviews) AS pairs_to_review
