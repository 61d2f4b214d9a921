-- One row per real person: the surviving values.
-- People are taken in `parts` shares, this is share `part`: what is known of all of them at once need not fit in memory.
WITH chosen AS (
    SELECT * FROM identity.members WHERE hash(person_key) % $parts::UBIGINT = $part::UBIGINT
),

surviving AS (
    SELECT
        person_key,
        max(value) FILTER (WHERE field = 'company_ref') AS company_ref,
        max(value) FILTER (WHERE field = 'first_name') AS first_name,
        max(value) FILTER (WHERE field = 'last_name') AS last_name,
        max(value) FILTER (WHERE field = 'full_name') AS full_name,
        max(value) FILTER (WHERE field = 'title') AS title,
        max(value) FILTER (WHERE field = 'seniority') AS seniority,
        max(value) FILTER (WHERE field = 'departments') AS departments,
        max(value) FILTER (WHERE field = 'email') AS email,
        max(value) FILTER (WHERE field = 'email_status') AS email_status,
        max(value) FILTER (WHERE field = 'phone') AS phone,
        max(value) FILTER (WHERE field = 'linkedin_slug') AS linkedin_slug,
        max(value) FILTER (WHERE field = 'linkedin_member_id') AS linkedin_member_id,
        max(value) FILTER (WHERE field = 'company_name') AS company_name,
        max(value) FILTER (WHERE field = 'company_domain') AS company_domain,
        try_cast(max(value) FILTER (WHERE field = 'employees') AS BIGINT) AS employees,
        max(value) FILTER (WHERE field = 'industry') AS industry,
        try_cast(max(value) FILTER (WHERE field = 'annual_revenue_usd') AS DOUBLE) AS annual_revenue_usd,
        max(value) FILTER (WHERE field = 'city') AS city,
        max(value) FILTER (WHERE field = 'state') AS state,
        max(value) FILTER (WHERE field = 'country') AS country
    FROM identity.provenance
    WHERE hash(person_key) % $parts::UBIGINT = $part::UBIGINT
    GROUP BY person_key
),

found AS (
    SELECT
        member.person_key,
        arg_min(lead.source, (lead.first_seen_at, lead.source, lead.source_id)) AS first_source,
        arg_min(lead.search, (lead.first_seen_at, lead.source, lead.source_id)) AS first_search,
        min(lead.first_seen_at) AS first_seen_at
    FROM chosen AS member
    INNER JOIN staging.leads AS lead ON member.source = lead.source AND member.source_id = lead.source_id
    GROUP BY member.person_key
),

platform AS (
    SELECT
        member.person_key,
        person.*,
        NOT person.is_deleted AND NOT person.is_converted AS is_living
    FROM chosen AS member
    INNER JOIN staging.crm_people AS person
        ON member.source = person.vendor || ':' || person.object AND member.source_id = person.record_id
),

zoho AS (
    SELECT
        person_key,
        arg_min(object, (object <> 'Contacts', created_at, record_id)) FILTER (WHERE is_living) AS module,
        arg_min(record_id, (object <> 'Contacts', created_at, record_id)) FILTER (WHERE is_living) AS record_id,
        arg_min(owner_email, (object <> 'Contacts', created_at, record_id)) FILTER (WHERE is_living) AS owner_email,
        min(converted_contact_id) FILTER (WHERE is_converted AND NOT is_deleted) AS converted_contact_id,
        bool_or(is_converted AND NOT is_deleted) AS is_converted,
        bool_or(is_deleted) AS is_deleted
    FROM platform
    WHERE vendor = 'zoho'
    GROUP BY person_key
),

gone_contacts AS (
    SELECT record_id FROM staging.crm_people WHERE vendor = 'zoho' AND object = 'Contacts' AND is_deleted
),

ghl AS (
    SELECT person_key, arg_min(record_id, (created_at, record_id)) AS record_id
    FROM platform
    WHERE vendor = 'ghl' AND is_living
    GROUP BY person_key
),

sizes AS (
    SELECT person_key, count(*) AS records, min(feature.first_seen_at) AS first_seen_at
    FROM chosen AS member
    INNER JOIN identity.features AS feature ON member.record_no = feature.record_no
    GROUP BY person_key
)

SELECT
    sizes.person_key,
    company.company_key,
    surviving.company_ref,
    surviving.first_name,
    surviving.last_name,
    surviving.full_name,
    surviving.title,
    surviving.seniority,
    surviving.departments,
    surviving.email,
    address.email_norm,
    surviving.email_status,
    surviving.phone,
    surviving.linkedin_slug,
    surviving.linkedin_member_id,
    surviving.company_name,
    surviving.company_domain,
    surviving.employees,
    surviving.industry,
    surviving.annual_revenue_usd,
    surviving.city,
    surviving.state,
    surviving.country,
    found.first_source,
    found.first_search,
    coalesce(found.first_seen_at, sizes.first_seen_at) AS first_seen_at,
    found.person_key IS NOT NULL AS has_lead_source,
    sizes.records,
    -- The contact of a converted lead may not have been mirrored yet: the lead names it.
    CASE WHEN zoho.module IS NOT NULL THEN zoho.module WHEN heir.record_id IS NOT NULL THEN 'Contacts' END AS zoho_module,
    coalesce(zoho.record_id, heir.record_id) AS zoho_id,
    ghl.record_id AS ghl_contact_id,
    zoho.owner_email,
    coalesce(zoho.is_deleted AND zoho.record_id IS NULL AND heir.record_id IS NULL, FALSE) AS was_deleted_in_zoho,
    coalesce(zoho.is_converted, FALSE) AS is_converted_in_zoho
FROM sizes
LEFT JOIN surviving ON sizes.person_key = surviving.person_key
LEFT JOIN found ON sizes.person_key = found.person_key
LEFT JOIN zoho ON sizes.person_key = zoho.person_key
LEFT JOIN (
    SELECT person_key, converted_contact_id AS record_id
    FROM zoho
    WHERE converted_contact_id NOT IN (SELECT record_id FROM gone_contacts)
) AS heir ON sizes.person_key = heir.person_key AND zoho.record_id IS NULL
LEFT JOIN ghl ON sizes.person_key = ghl.person_key
LEFT JOIN identity.companies AS company ON surviving.company_ref = company.company_ref
LEFT JOIN (
    SELECT email, email_norm FROM staging.leads
    UNION
    SELECT email, email_norm FROM staging.crm_people
) AS address ON surviving.email = address.email
