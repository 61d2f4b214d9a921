-- One row per surviving value of a person and where it came from.
-- `trust` holds the tier of each source for each field, `strays` the values of platform records that are somebody else's.
-- Whatever we write to a platform's record makes the record newer, but not what it told before: a value that the record
-- told at the last look, too, is as old as it was then; so is one that a contact has of the lead that became it.
-- People are taken in `parts` shares, this is share `part`: all values of all of them do not fit in memory together.
-- Records go by their number, which is in the order of source and id: names on every value are most of what it weighs.
WITH chosen AS MATERIALIZED (
    SELECT
        member.*, feature.company_ref, feature.seen_at,
        min(member.record_no) OVER (PARTITION BY member.person_key) AS person_no
    FROM identity.members AS member
    INNER JOIN identity.features AS feature ON member.record_no = feature.record_no
    WHERE hash(member.person_key) % $parts::UBIGINT = $part::UBIGINT
),

before AS (
    SELECT source, source_id, field, value, seen_at FROM identity.provenance WHERE source LIKE '%:%'
    UNION ALL
    SELECT lost.source, lost.source_id, field, lost.value, lost.seen_at AT TIME ZONE 'UTC'
    FROM (SELECT field, unnest(losing_values) AS lost FROM identity.provenance)
    WHERE lost.source LIKE '%:%'
),

-- Under which names a platform's record told values before: its own, and that of the lead that became it.
told_by AS (
    SELECT record_no, source, source_id FROM chosen WHERE source LIKE '%:%'
    UNION ALL
    SELECT chosen.record_no, lead.source, lead.source_id
    FROM identity.features AS lead
    INNER JOIN chosen ON chosen.source = 'zoho:Contacts' AND lead.converted_contact_id = chosen.source_id
    WHERE lead.source = 'zoho:Leads'
),

known AS (
    SELECT told_by.record_no, before.field, before.value, min(before.seen_at) AS seen_at
    FROM before
    INNER JOIN told_by ON before.source = told_by.source AND before.source_id = told_by.source_id
    GROUP BY ALL
),

records AS (
    SELECT
        member.record_no, member.person_no, member.source, member.company_ref, FALSE AS is_gone, lead.seen_at,
        lead.first_name, lead.last_name, lead.full_name, lead.title, lead.seniority, lead.departments, lead.email,
        lead.email_status, lead.phone, lead.linkedin_slug, lead.linkedin_member_id, lead.company_name,
        lead.company_domain, lead.employees::VARCHAR AS employees, lead.industry,
        lead.annual_revenue_usd::VARCHAR AS annual_revenue_usd, lead.city, lead.state, lead.country
    FROM staging.leads AS lead
    INNER JOIN chosen AS member ON lead.source = member.source AND lead.source_id = member.source_id

    UNION ALL BY NAME

    SELECT
        member.record_no, member.person_no, member.source, member.company_ref, person.is_deleted AS is_gone,
        member.seen_at, person.first_name, person.last_name, person.full_name, person.title, person.email, person.phone,
        person.linkedin_slug, person.company_name, person.company_domain, person.city, person.state, person.country
    FROM staging.crm_people AS person
    INNER JOIN chosen AS member
        ON person.vendor || ':' || person.object = member.source AND person.record_id = member.source_id
),

told AS (
    UNPIVOT records
    ON first_name, last_name, full_name, title, seniority, departments, email, phone, linkedin_slug,
        linkedin_member_id, company_name, company_domain, company_ref, employees, industry, annual_revenue_usd,
        city, state, country
    INTO NAME field VALUE value
),

astray AS (
    SELECT chosen.record_no, strays.field
    FROM strays
    INNER JOIN chosen ON strays.source = chosen.source AND strays.source_id = chosen.source_id
),

offered AS (
    SELECT
        told.record_no, told.person_no, told.field, told.value, told.is_gone,
        CASE WHEN told.field = 'email' THEN told.email_status END AS email_status,
        least(told.seen_at, known.seen_at) AS seen_at,
        coalesce(trust.tier, 99) AS tier
    FROM told
    LEFT JOIN known ON told.record_no = known.record_no AND told.field = known.field AND told.value = known.value
    LEFT JOIN trust ON told.field = trust.field AND told.source = trust.source
    ANTI JOIN astray ON told.record_no = astray.record_no AND told.field = astray.field
),

ranked AS MATERIALIZED (
    SELECT
        offered.*,
        row_number() OVER (
            PARTITION BY person_no, field
            ORDER BY
                is_gone,
                coalesce(email_status IN ('bounced', 'unavailable'), FALSE),
                email_status IS DISTINCT FROM 'verified',
                tier, seen_at DESC, record_no
        ) AS place,
        count(*) OVER (PARTITION BY person_no, field) AS offers
    FROM offered
),

-- Each value that lost, once, with the record that came nearest to winning with it.
losers AS (
    SELECT
        person_no,
        field,
        list(
            struct_pack(
                value := value, source := source, source_id := source_id, seen_at := seen_at AT TIME ZONE 'UTC',
                reason := reason
            )
            ORDER BY place
        ) AS losing_values
    FROM (
        SELECT
            ranked.*,
            record.source,
            record.source_id,
            CASE
                WHEN ranked.is_gone AND NOT winner.is_gone THEN 'its record is deleted there'
                WHEN ranked.field = 'email' AND winner.email_status = 'verified'
                    AND ranked.email_status IS DISTINCT FROM 'verified' THEN 'not a verified address'
                WHEN ranked.field = 'email' AND ranked.email_status IN ('bounced', 'unavailable')
                    THEN 'the address is ' || ranked.email_status
                WHEN ranked.tier > winner.tier THEN 'trust tier ' || ranked.tier || ', not ' || winner.tier
                WHEN ranked.seen_at < winner.seen_at THEN 'older'
                ELSE 'as good: the first source and record by name stays'
            END AS reason
        FROM ranked
        INNER JOIN ranked AS winner
            ON ranked.person_no = winner.person_no AND ranked.field = winner.field AND winner.place = 1
        INNER JOIN chosen AS record ON ranked.record_no = record.record_no
        WHERE ranked.offers > 1 AND ranked.value <> winner.value
        QUALIFY row_number() OVER (PARTITION BY ranked.person_no, ranked.field, ranked.value ORDER BY ranked.place) = 1
    )
    GROUP BY ALL
),

-- Where each record was received.
lines AS (
    SELECT record_no, landing_ref, position
    FROM staging.leads AS lead
    INNER JOIN chosen ON lead.source = chosen.source AND lead.source_id = chosen.source_id
    UNION ALL
    SELECT record_no, landing_ref, position
    FROM staging.crm_people AS person
    INNER JOIN chosen ON person.vendor || ':' || person.object = chosen.source AND person.record_id = chosen.source_id
)

SELECT
    record.person_key,
    winner.field,
    winner.value,
    record.source,
    record.source_id,
    lines.landing_ref,
    lines.position,
    winner.seen_at,
    CASE
        WHEN winner.offers = 1 THEN 'only value'
        WHEN winner.field = 'email' AND winner.email_status = 'verified' THEN 'verified address'
        ELSE 'newest value of trust tier ' || winner.tier
    END AS rule,
    coalesce(losers.losing_values, []) AS losing_values
FROM ranked AS winner
INNER JOIN chosen AS record ON winner.record_no = record.record_no
INNER JOIN lines ON winner.record_no = lines.record_no
LEFT JOIN losers ON winner.person_no = losers.person_no AND winner.field = losers.field
WHERE winner.place = 1

UNION ALL

-- The status of an address is told by the record that gave the address.
SELECT
    record.person_key, 'email_status', winner.email_status, record.source, record.source_id, lines.landing_ref,
    lines.position, winner.seen_at, 'follows the surviving address', []
FROM ranked AS winner
INNER JOIN chosen AS record ON winner.record_no = record.record_no
INNER JOIN lines ON winner.record_no = lines.record_no
WHERE winner.place = 1 AND winner.field = 'email' AND winner.email_status IS NOT NULL
