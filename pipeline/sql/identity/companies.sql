-- One row per real company: the surviving values.
-- `company_keys` holds the key of each company reference.
-- `known_companies` holds the company of each key given out: an account that holds our key stays with its company.
-- Of several accounts the one that stands for the company is asked first, not the one modified last: that may be our doing.
WITH records AS (
    SELECT
        coalesce(domain, name_norm) AS company_ref, source, source_id, name, name_norm, domain, phone, employees,
        industry, annual_revenue_usd, country, seen_at,
        CASE source WHEN 'apollo' THEN 1 WHEN 'apollo_export' THEN 2 ELSE 3 END AS tier,
        NULL AS account_id, TRUE AS is_unkeyed, (FALSE, FALSE, 0) AS standing
    FROM staging.companies

    UNION ALL BY NAME

    SELECT
        coalesce(
            CASE WHEN account.domain IS NULL OR known.company_ref LIKE '%.%' THEN known.company_ref END,
            account.domain, account.name_norm
        ) AS company_ref,
        account.vendor || ':' || account.object AS source, account.record_id AS source_id, account.name,
        account.name_norm, account.domain, account.phone, account.employees, account.industry, account.country,
        account.modified_at AS seen_at, 4 AS tier, CASE WHEN NOT account.is_deleted THEN account.record_id END AS account_id,
        known.company_ref IS NULL AS is_unkeyed, account.created_at,
        (account.is_deleted, known.company_ref IS NULL, epoch(account.created_at)) AS standing
    FROM staging.crm_companies AS account
    LEFT JOIN known_companies AS known ON account.leadflow_id = known.company_key
),

told AS (
    SELECT
        company_ref,
        arg_min(name, (tier, standing, -epoch(seen_at), source_id, source)) FILTER (WHERE name IS NOT NULL) AS name,
        arg_min(name_norm, (tier, standing, -epoch(seen_at), source_id, source)) FILTER (WHERE name_norm IS NOT NULL) AS name_norm,
        coalesce(min(domain) FILTER (WHERE domain = company_ref), min(domain)) AS domain,
        arg_min(phone, (tier, standing, -epoch(seen_at), source_id, source)) FILTER (WHERE phone IS NOT NULL) AS phone,
        arg_min(employees, (tier, standing, -epoch(seen_at), source_id, source)) FILTER (WHERE employees IS NOT NULL) AS employees,
        arg_min(industry, (tier, standing, -epoch(seen_at), source_id, source)) FILTER (WHERE industry IS NOT NULL) AS industry,
        arg_min(annual_revenue_usd, (tier, standing, -epoch(seen_at), source_id, source))
            FILTER (WHERE annual_revenue_usd IS NOT NULL) AS annual_revenue_usd,
        arg_min(country, (tier, standing, -epoch(seen_at), source_id, source)) FILTER (WHERE country IS NOT NULL) AS country,
        arg_min(account_id, (is_unkeyed, epoch(created_at), account_id)) FILTER (WHERE account_id IS NOT NULL) AS account_id
    FROM records
    WHERE company_ref IS NOT NULL
    GROUP BY company_ref
),

employers AS (
    SELECT ref.value AS company_ref, count(*) AS people, min(name.value) AS name
    FROM identity.provenance AS ref
    LEFT JOIN identity.provenance AS name ON ref.person_key = name.person_key AND name.field = 'company_name'
    WHERE ref.field = 'company_ref'
    GROUP BY ref.value
)

SELECT
    key.company_key,
    key.company_ref,
    coalesce(told.name, employers.name) AS name,
    told.name_norm,
    coalesce(told.domain, CASE WHEN key.company_ref LIKE '%.%' AND key.company_ref NOT LIKE '% %'
        THEN key.company_ref END) AS domain,
    told.phone,
    told.employees,
    told.industry,
    told.annual_revenue_usd,
    told.country,
    told.account_id AS zoho_account_id,
    coalesce(employers.people, 0) AS people
FROM company_keys AS key
LEFT JOIN told ON key.company_ref = told.company_ref
LEFT JOIN employers ON key.company_ref = employers.company_ref
