-- One row per company record of a source or platform, and per company that a person names, with what it is joined on.
SELECT source, source_id, coalesce(domain, name_norm) AS company_ref
FROM staging.companies
WHERE coalesce(domain, name_norm) IS NOT NULL

UNION ALL

SELECT vendor || ':' || object, record_id, coalesce(domain, name_norm)
FROM staging.crm_companies
WHERE coalesce(domain, name_norm) IS NOT NULL

UNION ALL

SELECT DISTINCT 'company_ref', value, value
FROM identity.provenance
WHERE field = 'company_ref'
