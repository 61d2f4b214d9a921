-- One row per company record living in the CRM, latest version, typed and normalised.
-- The `spelled_*` views hold the normal form of every distinct value that is looked up here.
SELECT
    record.vendor,
    record.object,
    record.record_id,
    record.leadflow_id,
    companies.company_name AS name,
    companies.company_norm AS name_norm,
    websites.domain,
    phones.phone,
    record.industry,
    record.employees,
    countries.country,
    record.owner_id,
    record.is_deleted,
    record.created_at,
    record.modified_at,
    record.payload
FROM staging.records AS record
LEFT JOIN spelled_companies AS companies ON record.company_name = companies.value
LEFT JOIN spelled_websites AS websites ON record.website = websites.value
LEFT JOIN spelled_phones AS phones ON record.phone_parts = phones.value
LEFT JOIN spelled_countries AS countries ON record.country = countries.value
WHERE record.object = 'Accounts'
