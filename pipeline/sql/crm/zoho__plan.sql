-- One row per person we found or wrote before, and per person Zoho must be told an opt-out of, as planning needs it.
WITH held AS (
    SELECT
        person_key,
        string_agg(reason, ' and ' ORDER BY reason) FILTER (is_crm_held OR is_optout) AS reason,
        list_sort(list_distinct(list(channel) FILTER (is_optout))) AS optouts
    FROM "qualify".holds
    GROUP BY person_key
),

tagged AS (
    SELECT person_key, list_sort(list(tag)) AS tags FROM "qualify".tags GROUP BY person_key
),

written AS (
    SELECT DISTINCT m.person_key
    FROM staging.crm_people AS r
    INNER JOIN identity.members AS m ON m.source = 'zoho:' || r.object AND m.source_id = r.record_id
    WHERE r.vendor = 'zoho' AND r.leadflow_id IS NOT NULL
)

SELECT
    p.*,
    s.account_fit, s.persona_influence, s.engagement, s.score, s.grade,
    coalesce(s.has_human_signal, FALSE) AS has_human_signal,
    coalesce(t.tags, []) AS tags,
    h.reason AS hold_reason,
    coalesce(h.optouts, []) AS optouts,
    c.zoho_account_id AS account_id
FROM identity.people AS p
LEFT JOIN "qualify".scores AS s USING (person_key)
LEFT JOIN tagged AS t USING (person_key)
LEFT JOIN held AS h USING (person_key)
LEFT JOIN identity.companies AS c USING (company_key)
WHERE
    p.has_lead_source
    OR p.person_key IN (SELECT person_key FROM written)
    OR (p.zoho_id IS NOT NULL AND len(h.optouts) > 0)
ORDER BY p.person_key
