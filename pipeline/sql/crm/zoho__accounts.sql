-- One row per company of people we found who may be written to, as planning its account in Zoho needs it.
WITH held AS (
    SELECT DISTINCT person_key FROM "qualify".holds WHERE is_crm_held OR is_optout
),

people AS (
    SELECT
        p.company_key,
        max(s.account_fit) AS account_fit,
        bool_or(coalesce(s.grade IN ('A', 'B'), FALSE)) AS is_qualified,
        bool_or(coalesce(s.has_human_signal, FALSE) AND p.zoho_module IS DISTINCT FROM 'Contacts') AS is_converting
    FROM identity.people AS p
    LEFT JOIN "qualify".scores AS s USING (person_key)
    WHERE p.has_lead_source AND p.company_key IS NOT NULL AND p.person_key NOT IN (SELECT person_key FROM held)
    GROUP BY p.company_key
),

deleted AS (
    SELECT leadflow_id AS company_key, NULL AS company_ref FROM staging.crm_companies
    WHERE vendor = 'zoho' AND is_deleted AND leadflow_id IS NOT NULL
    UNION ALL
    SELECT NULL, coalesce(domain, name_norm) FROM staging.crm_companies
    WHERE vendor = 'zoho' AND is_deleted
),

-- Zoho joins a lead that is converted to the account of its company's name: a second account of one name is never ours.
names AS (
    SELECT record_id, name_norm AS name FROM staging.crm_companies WHERE vendor = 'zoho' AND NOT coalesce(is_deleted, FALSE)
    UNION
    SELECT record_id, lower(trim(name)) FROM staging.crm_companies WHERE vendor = 'zoho' AND NOT coalesce(is_deleted, FALSE)
),

wanted AS (
    SELECT company_key, name_norm AS name FROM identity.companies
    UNION
    SELECT company_key, lower(trim(name)) FROM identity.companies
),

namesakes AS (
    SELECT wanted.company_key, min(names.record_id) AS namesake_id
    FROM wanted
    INNER JOIN names ON wanted.name = names.name
    GROUP BY wanted.company_key
)

SELECT
    c.*,
    people.account_fit,
    people.is_qualified,
    people.is_converting,
    c.zoho_account_id IS NULL
    AND (
        c.company_key IN (SELECT company_key FROM deleted WHERE company_key IS NOT NULL)
        OR c.company_ref IN (SELECT company_ref FROM deleted WHERE company_ref IS NOT NULL)
    ) AS was_deleted,
    namesakes.namesake_id
FROM identity.companies AS c
INNER JOIN people USING (company_key)
LEFT JOIN namesakes USING (company_key)
WHERE c.zoho_account_id IS NOT NULL OR people.is_qualified OR people.is_converting OR was_deleted
ORDER BY c.company_key
