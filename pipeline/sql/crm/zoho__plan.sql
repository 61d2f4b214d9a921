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

-- Zoho converts a lead into a contact of the same address, else of the same name in its account (fact sheet §6):
-- where identity keeps such a contact apart, converting would make one record of two people.
converting AS (
    SELECT DISTINCT p.person_key, f.email_norm, f.name_norm, f.company_ref, a.account_id
    FROM identity.people AS p
    INNER JOIN "qualify".scores AS s ON p.person_key = s.person_key AND s.has_human_signal
    INNER JOIN identity.members AS m ON p.person_key = m.person_key
    INNER JOIN identity.features AS f ON m.record_no = f.record_no
    LEFT JOIN identity.account_matches AS a ON p.person_key = a.person_key AND a.is_winner
    WHERE p.zoho_module IS DISTINCT FROM 'Contacts'
),

contacts AS (
    SELECT m.person_key, r.record_id, r.company_record_id, f.email_norm, f.name_norm, f.company_ref
    FROM staging.crm_people AS r
    INNER JOIN identity.members AS m ON m.source = 'zoho:Contacts' AND m.source_id = r.record_id
    INNER JOIN identity.features AS f ON m.record_no = f.record_no
    WHERE r.vendor = 'zoho' AND r.object = 'Contacts' AND NOT coalesce(r.is_deleted, FALSE)
),

namesakes AS (
    SELECT one.person_key, min(other.record_id) AS record_id
    FROM converting AS one
    INNER JOIN contacts AS other ON one.person_key <> other.person_key
    WHERE
        one.email_norm = other.email_norm
        OR (
            one.name_norm = other.name_norm
            AND (one.company_ref = other.company_ref OR one.account_id = other.company_record_id)
        )
    GROUP BY one.person_key
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
    a.account_id,
    n.record_id AS namesake_id
FROM identity.people AS p
LEFT JOIN "qualify".scores AS s USING (person_key)
LEFT JOIN tagged AS t USING (person_key)
LEFT JOIN held AS h USING (person_key)
LEFT JOIN identity.account_matches AS a ON p.person_key = a.person_key AND a.is_winner
LEFT JOIN namesakes AS n USING (person_key)
WHERE
    p.has_lead_source
    OR p.person_key IN (SELECT person_key FROM written)
    OR (p.zoho_id IS NOT NULL AND len(h.optouts) > 0)
ORDER BY p.person_key
