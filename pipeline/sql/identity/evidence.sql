-- One row per pair of records that evidence holds together, or that only a person can decide.
-- `weighed` holds the bits of each kind of evidence; `meanings` what a kind means, for and against one person.
WITH told AS (
    UNPIVOT weighed
    ON COLUMNS(* EXCLUDE (left_no, right_no, is_link, bits))
    INTO NAME kind VALUE weight
),

ranked AS (
    SELECT
        left_no,
        right_no,
        is_link,
        bits,
        arg_max(kind, weight) AS rule,
        string_agg(
            CASE WHEN weight > 0 THEN meanings.for_one WHEN weight <= -40 THEN meanings.excluded ELSE meanings.against END
            || printf(' (%+.1f bits)', weight),
            '; '
            ORDER BY abs(weight) DESC, kind
        ) AS words
    FROM told
    INNER JOIN meanings USING (kind)
    WHERE weight <> 0
    GROUP BY ALL
)

SELECT left_no, right_no, rule, bits, is_link, words FROM ranked
