-- One row per company record of a source or platform, and per company that a person names, with what it is joined on.
-- `known_companies` holds the company of each key given out: an account that holds our key stays with its company.
SELECT source, source_id, coalesce(domain, name_norm) AS company_ref
FROM staging.companies
WHERE coalesce(domain, name_norm) IS NOT NULL

UNION ALL

SELECT
    account.vendor || ':' || account.object,
    account.record_id,
    coalesce(
        CASE WHEN account.domain IS NULL OR known.company_ref LIKE '%.%' THEN known.company_ref END,
        account.domain, account.name_norm
    )
FROM staging.crm_companies AS account
LEFT JOIN known_companies AS known ON account.leadflow_id = known.company_key
WHERE coalesce(known.company_ref, account.domain, account.name_norm) IS NOT NULL

UNION ALL

SELECT DISTINCT 'company_ref', value, value
FROM identity.provenance
WHERE field = 'company_ref'
