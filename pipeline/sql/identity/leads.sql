-- One row per record with the text and the ids that identify a person, as the engine reads them.
-- `our_key` is the key that a platform record stores. Parts of a name stay apart (chr(31)).
WITH given AS (
    SELECT
        source,
        source_id,
        first_name,
        last_name,
        email,
        email_norm,
        phone,
        linkedin_slug,
        linkedin_member_id,
        coalesce(company_name, company_norm) AS company_name,
        company_domain,
        title,
        city,
        country
    FROM staging.leads

    UNION ALL BY NAME

    SELECT
        person.vendor || ':' || person.object AS source,
        person.record_id AS source_id,
        person.first_name,
        person.last_name,
        person.email,
        person.email_norm,
        person.phone,
        person.linkedin_slug,
        coalesce(person.company_name, person.company_norm, account.name) AS company_name,
        coalesce(account.domain, person.company_domain) AS company_domain,
        person.title,
        person.city,
        person.country
    FROM staging.crm_people AS person
    LEFT JOIN staging.crm_companies AS account
        ON person.company_record_id = account.record_id AND person.vendor = account.vendor
)

SELECT
    feature.record_no AS record_id,
    CASE
        WHEN given.first_name <> '' AND given.last_name <> ''
            THEN lower(given.first_name) || chr(31) || lower(given.last_name)
        ELSE feature.name_norm
    END AS name,
    coalesce(given.email, given.email_norm) AS email,
    given.phone,
    coalesce(
        'https://www.linkedin.com/in/' || given.linkedin_slug,
        'https://www.linkedin.com/sales/lead/' || given.linkedin_member_id
    ) AS linkedin_url,
    lower(given.company_name) AS company,
    given.company_domain AS website,
    lower(given.title) AS title,
    lower(given.city) AS city,
    given.country,
    feature.leadflow_id AS our_key,
    CASE WHEN feature.source IN ('apollo', 'apollo_export') THEN feature.source_id END AS apollo_id,
    given.linkedin_member_id AS member_id,
    CASE
        WHEN feature.source = 'zoho:Contacts' THEN feature.source_id
        WHEN feature.source = 'zoho:Leads' THEN feature.converted_contact_id
    END AS contact_id
FROM identity.features AS feature
INNER JOIN given ON feature.source = given.source AND feature.source_id = given.source_id
ORDER BY feature.record_no
