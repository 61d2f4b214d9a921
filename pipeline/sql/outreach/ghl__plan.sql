-- One row per person in a segment or already a contact of ours, and per contact that must be told an opt-out.
WITH held AS (
    SELECT
        person_key,
        string_agg(reason, ' and ' ORDER BY reason) FILTER (channel IN ('email', 'all')) AS reason,
        list_sort(list_distinct(list(channel) FILTER (is_optout))) AS optouts
    FROM "qualify".holds
    GROUP BY person_key
),

tagged AS (
    SELECT person_key, list_sort(list(tag)) AS tags FROM "qualify".tags GROUP BY person_key
),

-- GoHighLevel finds a contact by phone, too: a number that several people share belongs to nobody.
own AS (
    SELECT person_key, CASE WHEN count(*) OVER (PARTITION BY phone) = 1 THEN phone END AS phone
    FROM identity.people
),

written AS (
    SELECT DISTINCT m.person_key
    FROM staging.crm_people AS r
    INNER JOIN identity.members AS m ON m.source = 'ghl:' || r.object AND m.source_id = r.record_id
    WHERE r.vendor = 'ghl' AND r.leadflow_id IS NOT NULL
)

SELECT
    p.* REPLACE (own.phone AS phone),
    s.account_fit, s.persona_influence, s.engagement, s.score, s.grade,
    coalesce(t.tags, []) AS tags,
    h.reason AS hold_reason,
    coalesce(h.optouts, []) AS optouts
FROM identity.people AS p
INNER JOIN own USING (person_key)
LEFT JOIN "qualify".scores AS s USING (person_key)
LEFT JOIN tagged AS t USING (person_key)
LEFT JOIN held AS h USING (person_key)
WHERE
    t.tags IS NOT NULL
    OR p.person_key IN (SELECT person_key FROM written)
    OR (p.ghl_contact_id IS NOT NULL AND len(h.optouts) > 0)
ORDER BY p.person_key
