-- One row per person record living in a connected platform, latest version, typed and normalised.
-- The `spelled_*` views hold the normal form of every distinct value that is looked up here.
SELECT
    record.vendor,
    record.object,
    record.record_id,
    record.leadflow_id,
    record.landing_ref,
    record.position,
    record.fetched_at,
    names.first_name,
    names.last_name,
    names.full_name,
    names.name_norm,
    record.title,
    emails.email,
    emails.email_norm,
    coalesce(emails.is_role_email, FALSE) AS is_role_email,
    phones.phone,
    profiles.linkedin_slug,
    -- A domain in place of a name is what we write ourselves where a platform insists on a name.
    CASE WHEN lower(companies.company_name) <> coalesce(websites.domain, emails.company_domain, '')
        THEN companies.company_name END AS company_name,
    CASE WHEN lower(companies.company_name) <> coalesce(websites.domain, emails.company_domain, '')
        THEN companies.company_norm END AS company_norm,
    coalesce(websites.domain, emails.company_domain) AS company_domain,
    record.company_record_id,
    record.city,
    record.state,
    countries.country,
    record.owner_id,
    record.owner_email,
    record.tags,
    record.is_opted_out_email,
    record.is_opted_out_sms,
    record.is_converted,
    record.converted_contact_id,
    record.is_deleted,
    record.created_at,
    record.modified_at,
    record.payload
FROM staging.records AS record
LEFT JOIN spelled_names AS names ON record.name_parts = names.value
LEFT JOIN spelled_emails AS emails ON record.email = emails.value
LEFT JOIN spelled_phones AS phones ON record.phone_parts = phones.value
LEFT JOIN spelled_profiles AS profiles ON record.profile = profiles.value
LEFT JOIN spelled_companies AS companies ON record.company_name = companies.value
LEFT JOIN spelled_websites AS websites ON record.website = websites.value
LEFT JOIN spelled_countries AS countries ON record.country = countries.value
WHERE record.object <> 'Accounts'
