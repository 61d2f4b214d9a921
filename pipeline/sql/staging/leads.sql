-- One row per source record of a lead: its latest sighting, typed and normalised.
-- The `spelled_*` views hold the normal form of every distinct value that is looked up here.
WITH sightings AS (
    SELECT
        *,
        min(seen_at) OVER same AS first_seen_at,
        first_value(search) OVER (same ORDER BY seen_at, landing_ref, position) AS first_search,
        row_number() OVER (same ORDER BY seen_at DESC, landing_ref DESC, position DESC) AS age
    FROM staging.sightings
    WHERE reject_reason IS NULL
    WINDOW same AS (PARTITION BY source, source_id)
)

SELECT
    sighting.source,
    sighting.source_id,
    sighting.landing_ref,
    sighting.position,
    sighting.seen_at,
    sighting.first_seen_at,
    coalesce(sighting.first_search, sighting.search) AS search,
    names.first_name,
    names.last_name,
    names.full_name,
    names.name_norm,
    sighting.title,
    levels.seniority,
    sighting.departments,
    emails.email,
    emails.email_norm,
    CASE WHEN emails.email IS NOT NULL OR statuses.email_status = 'unavailable' THEN statuses.email_status END
        AS email_status,
    coalesce(emails.is_role_email, FALSE) AS is_role_email,
    phones.phone,
    profiles.linkedin_slug,
    coalesce(sighting.linkedin_member_id, profiles.linkedin_member_id) AS linkedin_member_id,
    companies.company_name,
    companies.company_norm,
    coalesce(websites.domain, emails.company_domain) AS company_domain,
    sighting.company_source_id,
    pages.page AS company_linkedin,
    sighting.employees,
    sighting.industry,
    sighting.annual_revenue_usd,
    sighting.city,
    sighting.state,
    countries.country,
    sighting.is_matching,
    sighting.is_do_not_call
FROM sightings AS sighting
LEFT JOIN spelled_names AS names ON sighting.name_parts = names.value
LEFT JOIN spelled_levels AS levels ON sighting.seniority_parts = levels.value
LEFT JOIN spelled_emails AS emails ON sighting.email = emails.value
LEFT JOIN spelled_statuses AS statuses ON sighting.email_status = statuses.value
LEFT JOIN spelled_phones AS phones ON sighting.phone_parts = phones.value
LEFT JOIN spelled_profiles AS profiles ON sighting.profile = profiles.value
LEFT JOIN spelled_companies AS companies ON sighting.company_name = companies.value
LEFT JOIN spelled_websites AS websites ON sighting.website = websites.value
LEFT JOIN spelled_pages AS pages ON sighting.page = pages.value
LEFT JOIN spelled_countries AS countries ON sighting.country = countries.value
WHERE sighting.age = 1
