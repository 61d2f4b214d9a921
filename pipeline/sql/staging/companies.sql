-- One row per source record of a company: its latest sighting, typed and normalised.
-- The `spelled_*` views hold the normal form of every distinct value that is looked up here.
WITH latest AS (
    SELECT *, coalesce(company_source_id, page, website, company_name) AS company_id
    FROM staging.sightings
    WHERE reject_reason IS NULL AND company_id IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY source, company_id ORDER BY seen_at DESC, landing_ref DESC, position DESC
    ) = 1
)

SELECT
    company.source,
    company.company_id AS source_id,
    company.landing_ref,
    company.position,
    company.seen_at,
    companies.company_name AS name,
    companies.company_norm AS name_norm,
    websites.domain,
    pages.page AS linkedin,
    phones.phone,
    company.employees,
    company.industry,
    company.annual_revenue_usd,
    nullif(company.founded_year, 0) AS founded_year,
    company.company_city AS city,
    company.company_state AS state,
    countries.country
FROM latest AS company
LEFT JOIN spelled_companies AS companies ON company.company_name = companies.value
LEFT JOIN spelled_websites AS websites ON company.website = websites.value
LEFT JOIN spelled_pages AS pages ON company.page = pages.value
LEFT JOIN spelled_phones AS phones ON company.company_phone_parts = phones.value
LEFT JOIN spelled_countries AS countries ON company.company_country = countries.value
