-- Fails when the touches of all campaigns are not those of reports.touches, kind by kind.
SELECT t.kind, t.touches AS expected, c.touches AS found
FROM (
    SELECT 'any' AS kind, count(*) AS touches FROM reports.touches
    UNION ALL
    SELECT kind, count(*) FILTER (is_human OR kind NOT IN ('reply', 'click')) FROM reports.touches GROUP BY kind
) AS t
INNER JOIN (
    UNPIVOT (
        SELECT
            coalesce(sum(touches), 0)::HUGEINT AS "any", coalesce(sum(sent), 0)::HUGEINT AS "sent",
            coalesce(sum(delivered), 0)::HUGEINT AS "delivered", coalesce(sum(bounced), 0)::HUGEINT AS "bounce",
            coalesce(sum(clicked), 0)::HUGEINT AS "click", coalesce(sum(replied), 0)::HUGEINT AS "reply",
            coalesce(sum(auto_replied), 0)::HUGEINT AS "auto_reply", coalesce(sum(opted_out), 0)::HUGEINT AS "optout",
            coalesce(sum(complaints), 0)::HUGEINT AS "complaint", coalesce(sum(booked), 0)::HUGEINT AS "booked"
        FROM reports.campaigns
    ) ON * INTO NAME kind VALUE touches
) AS c ON c.kind = t.kind
WHERE c.touches <> t.touches
