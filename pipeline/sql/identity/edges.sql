-- One row per pair of records held together by one piece of evidence: each record of a group and its first.
-- `anchors` holds, for each key given out, the record that stands for it.
WITH keyed AS (
    SELECT 'key' AS rule, leadflow_id AS shared, * FROM identity.features WHERE leadflow_id IS NOT NULL

    UNION ALL BY NAME

    SELECT 'key' AS rule, anchors.person_key AS shared, feature.*
    FROM identity.features AS feature
    INNER JOIN anchors ON feature.source = anchors.source AND feature.source_id = anchors.source_id
    WHERE feature.leadflow_id IS NULL

    UNION ALL BY NAME

    SELECT 'email' AS rule, email_norm AS shared, * FROM identity.features WHERE email_norm IS NOT NULL

    UNION ALL BY NAME

    SELECT 'linkedin' AS rule, linkedin_slug AS shared, * FROM identity.features WHERE linkedin_slug IS NOT NULL

    UNION ALL BY NAME

    SELECT 'member_id' AS rule, linkedin_member_id AS shared, *
    FROM identity.features
    WHERE linkedin_member_id IS NOT NULL

    UNION ALL BY NAME

    SELECT 'source_id' AS rule, source_id AS shared, *
    FROM identity.features
    WHERE source IN ('apollo', 'apollo_export')

    UNION ALL BY NAME

    SELECT 'converted' AS rule, coalesce(converted_contact_id, source_id) AS shared, *
    FROM identity.features
    WHERE source = 'zoho:Contacts' OR (source = 'zoho:Leads' AND converted_contact_id IS NOT NULL)

    UNION ALL BY NAME

    SELECT 'phone_name' AS rule, concat_ws('|', phone, surname, left(name_norm, 1)) AS shared, *
    FROM identity.features
    WHERE phone IS NOT NULL AND surname IS NOT NULL

    UNION ALL BY NAME

    SELECT 'name_company' AS rule, concat_ws('|', name_norm, company_ref) AS shared, *
    FROM identity.features
    WHERE name_norm IS NOT NULL AND company_ref IS NOT NULL
),

-- A value with several surnames is a hub and identifies nobody; weak evidence yields to contradicting strong ids.
-- Lists instead of count(DISTINCT): there are as many groups as records, and each distinct count keeps a table.
groups AS (
    SELECT rule, shared, min(record_no) AS first_no
    FROM keyed
    GROUP BY rule, shared
    HAVING
        count(*) > 1
        AND CASE
            WHEN rule IN ('email', 'linkedin', 'member_id') THEN count(*) <= 60 AND list_unique(list(surname)) <= 2
            WHEN rule IN ('phone_name', 'name_company') THEN
                count(*) <= 60
                AND min(leadflow_id) IS NOT DISTINCT FROM max(leadflow_id)
                AND min(linkedin_slug) IS NOT DISTINCT FROM max(linkedin_slug)
                AND min(linkedin_member_id) IS NOT DISTINCT FROM max(linkedin_member_id)
                AND list_unique(list(email_norm)) <= list_unique(list(email_domain))
            ELSE TRUE
        END
)

SELECT DISTINCT
    groups.first_no AS left_no,
    keyed.record_no AS right_no,
    groups.rule,
    CASE groups.rule
        WHEN 'phone_name' THEN 18.0
        WHEN 'name_company' THEN 15.0
        WHEN 'email' THEN 25.0
        WHEN 'linkedin' THEN 30.0
        WHEN 'member_id' THEN 30.0
        ELSE 40.0
    END AS bits
FROM keyed
INNER JOIN groups ON keyed.rule = groups.rule AND keyed.shared = groups.shared
WHERE keyed.record_no <> groups.first_no
