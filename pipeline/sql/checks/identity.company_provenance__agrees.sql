-- Fails when a company has a value that its provenance does not explain, or the provenance a value without a record.
WITH survived AS (
    UNPIVOT (
        SELECT
            company_key, name, name_norm, domain, phone, employees::VARCHAR AS employees, industry,
            annual_revenue_usd::VARCHAR AS annual_revenue_usd, country
        FROM identity.companies
    )
    ON name, name_norm, domain, phone, employees, industry, annual_revenue_usd, country
    INTO NAME field VALUE value
)

SELECT coalesce(survived.company_key, told.company_key) AS company_key, coalesce(survived.field, told.field) AS field
FROM survived
FULL JOIN identity.company_provenance AS told
    ON survived.company_key = told.company_key AND survived.field = told.field
WHERE survived.value IS DISTINCT FROM told.value OR told.source_id IS NULL
