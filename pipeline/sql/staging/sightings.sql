-- One row per raw record of a source, its fields picked out but not yet normalised; nothing is left out.
-- `csv_lines` holds CSV lines in canonical names, made of the same raw rows; those of `carried_files` stand here
-- already, made of the same rows on an earlier day.
WITH apollo AS (
    SELECT
        *,
        json_transform(payload, '{
            "id": "VARCHAR", "first_name": "VARCHAR", "last_name": "VARCHAR", "name": "VARCHAR",
            "title": "VARCHAR", "seniority": "VARCHAR", "departments": ["VARCHAR"], "email": "VARCHAR",
            "email_status": "VARCHAR", "linkedin_url": "VARCHAR", "organization_id": "VARCHAR",
            "phone_numbers": [{"raw_number": "VARCHAR", "sanitized_number": "VARCHAR"}],
            "contact": {"phone_numbers": [{"raw_number": "VARCHAR", "sanitized_number": "VARCHAR"}]},
            "organization": {"id": "VARCHAR", "name": "VARCHAR", "primary_domain": "VARCHAR",
                "website_url": "VARCHAR", "linkedin_url": "VARCHAR", "estimated_num_employees": "BIGINT",
                "industry": "VARCHAR", "annual_revenue": "DOUBLE", "founded_year": "BIGINT", "phone": "VARCHAR",
                "sanitized_phone": "VARCHAR",
                "primary_phone": {"number": "VARCHAR", "sanitized_number": "VARCHAR"},
                "city": "VARCHAR", "state": "VARCHAR", "country": "VARCHAR"},
            "city": "VARCHAR", "state": "VARCHAR", "country": "VARCHAR"
        }') AS said
    FROM raw.apollo__people
),

found AS (
    SELECT
        'apollo' AS source,
        coalesce(record_id, said.id) AS source_id,
        landing_ref,
        position,
        fetched_at AS seen_at,
        coalesce(context ->> 'search', context ->> 'name') AS search,
        concat_ws(chr(31), coalesce(said.first_name, ''), coalesce(said.last_name, ''), coalesce(said.name, ''))
            AS name_parts,
        said.title,
        concat_ws(chr(31), coalesce(said.seniority, ''), coalesce(said.title, '')) AS seniority_parts,
        array_to_string(said.departments, ', ') AS departments,
        said.email,
        said.email_status,
        coalesce(
            said.phone_numbers[1].sanitized_number, said.phone_numbers[1].raw_number,
            said.contact.phone_numbers[1].sanitized_number, said.contact.phone_numbers[1].raw_number
        ) || chr(31) || coalesce(said.country, '') AS phone_parts,
        said.linkedin_url AS profile,
        NULL AS linkedin_member_id,
        said.organization.name AS company_name,
        coalesce(said.organization.id, said.organization_id) AS company_source_id,
        coalesce(said.organization.primary_domain, said.organization.website_url) AS website,
        said.organization.linkedin_url AS page,
        said.organization.estimated_num_employees AS employees,
        lower(said.organization.industry) AS industry,
        said.organization.annual_revenue AS annual_revenue_usd,
        said.organization.founded_year AS founded_year,
        coalesce(
            said.organization.sanitized_phone, said.organization.phone,
            said.organization.primary_phone.sanitized_number, said.organization.primary_phone.number
        ) || chr(31) || coalesce(said.organization.country, '') AS company_phone_parts,
        said.organization.city AS company_city,
        said.organization.state AS company_state,
        said.organization.country AS company_country,
        said.city,
        said.state,
        said.country,
        TRUE AS is_matching,
        FALSE AS is_do_not_call,
        CASE
            WHEN coalesce(record_id, said.id) IS NULL THEN 'the record has no id'
            WHEN coalesce(said.first_name, said.last_name, said.name, said.email, said.linkedin_url) IS NULL
                THEN 'no name, e-mail address or LinkedIn profile: nobody can be told from it'
        END AS reject_reason,
        payload
    FROM apollo

    UNION ALL BY NAME

    SELECT csv_lines.*, people.landing_ref, people.position, people.payload
    FROM raw.salesnav__people AS people
    INNER JOIN csv_lines ON people.landing_ref = csv_lines.line_ref AND people.position = csv_lines.line_position

    UNION ALL BY NAME

    SELECT
        source, source_id, landing_ref, position, seen_at, search, name_parts, title, seniority_parts,
        departments, email, email_status, phone_parts, profile, linkedin_member_id, company_name,
        company_source_id, website, page, employees, industry, annual_revenue_usd, founded_year,
        company_phone_parts, company_city, company_state, company_country, city, state, country,
        is_matching, is_do_not_call, reject_reason, payload
    FROM staging.sightings
    WHERE landing_ref IN (SELECT landing_ref FROM carried_files)
)

SELECT
    * EXCLUDE (line_ref, line_position) REPLACE (CASE WHEN reject_reason IS NOT NULL THEN payload END AS payload)
FROM found
