-- One row per surviving value of a person and where it came from.
-- `trust` holds the tier of each source for each field, `strays` the values of platform records that are somebody else's.
-- Whatever we write to a platform's record makes the record newer, but not what it told before: a value that the record
-- told at the last look, too, is as old as it was then; so is one that a contact has of the lead that became it.
-- People are taken in `parts` shares, this is share `part`: all values of all of them do not fit in memory together.
WITH chosen AS (
    SELECT * FROM identity.members WHERE hash(person_key) % $parts = $part
),

before AS (
    SELECT source, source_id, field, value, seen_at FROM identity.provenance
    UNION ALL
    SELECT lost.source, lost.source_id, field, lost.value, lost.seen_at AT TIME ZONE 'UTC'
    FROM (SELECT field, unnest(losing_values) AS lost FROM identity.provenance)
),

known AS (
    SELECT source, source_id, field, value, min(seen_at) AS seen_at
    FROM (
        SELECT * FROM before
        UNION ALL
        SELECT 'zoho:Contacts' AS source, lead.converted_contact_id AS source_id, field, value, before.seen_at
        FROM before
        INNER JOIN identity.features AS lead ON before.source = lead.source AND before.source_id = lead.source_id
        WHERE lead.source = 'zoho:Leads' AND lead.converted_contact_id IS NOT NULL
    )
    SEMI JOIN chosen USING (source, source_id)
    WHERE source LIKE '%:%'
    GROUP BY ALL
),

records AS (
    SELECT
        member.person_key, feature.company_ref, FALSE AS is_gone, lead.source, lead.source_id, lead.landing_ref,
        lead.position, lead.seen_at, lead.first_name, lead.last_name, lead.full_name, lead.title, lead.seniority,
        lead.departments, lead.email, lead.email_status, lead.phone, lead.linkedin_slug, lead.linkedin_member_id,
        lead.company_name, lead.company_domain, lead.employees::VARCHAR AS employees, lead.industry,
        lead.annual_revenue_usd::VARCHAR AS annual_revenue_usd, lead.city, lead.state, lead.country
    FROM staging.leads AS lead
    INNER JOIN chosen AS member ON lead.source = member.source AND lead.source_id = member.source_id
    INNER JOIN identity.features AS feature ON member.record_no = feature.record_no

    UNION ALL BY NAME

    SELECT
        member.person_key, feature.company_ref, person.is_deleted AS is_gone, member.source, member.source_id,
        person.landing_ref, person.position, feature.seen_at, person.first_name, person.last_name, person.full_name,
        person.title, person.email, person.phone, person.linkedin_slug, person.company_name, person.company_domain,
        person.city, person.state, person.country
    FROM staging.crm_people AS person
    INNER JOIN chosen AS member
        ON person.vendor || ':' || person.object = member.source AND person.record_id = member.source_id
    INNER JOIN identity.features AS feature ON member.record_no = feature.record_no
),

told AS (
    UNPIVOT records
    ON first_name, last_name, full_name, title, seniority, departments, email, phone, linkedin_slug,
        linkedin_member_id, company_name, company_domain, company_ref, employees, industry, annual_revenue_usd,
        city, state, country
    INTO NAME field VALUE value
),

offered AS (
    SELECT told.* REPLACE (least(told.seen_at, known.seen_at) AS seen_at)
    FROM told
    LEFT JOIN known
        ON told.source = known.source AND told.source_id = known.source_id AND told.field = known.field
        AND told.value = known.value
    ANTI JOIN strays ON told.source = strays.source AND told.source_id = strays.source_id AND told.field = strays.field
),

ranked AS (
    SELECT
        offered.*,
        coalesce(trust.tier, 99) AS tier,
        row_number() OVER (
            PARTITION BY offered.person_key, offered.field
            ORDER BY
                offered.is_gone,
                CASE WHEN offered.field = 'email' AND offered.email_status IN ('bounced', 'unavailable') THEN 1 ELSE 0 END,
                CASE WHEN offered.field = 'email' AND offered.email_status = 'verified' THEN 0 ELSE 1 END,
                coalesce(trust.tier, 99), offered.seen_at DESC, offered.source, offered.source_id
        ) AS place,
        count(*) OVER (PARTITION BY offered.person_key, offered.field) AS offers
    FROM offered
    LEFT JOIN trust ON offered.field = trust.field AND offered.source = trust.source
),

-- Each value that lost, once, with the record that came nearest to winning with it.
losers AS (
    SELECT
        person_key,
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
            ON ranked.person_key = winner.person_key AND ranked.field = winner.field AND winner.place = 1
        WHERE ranked.offers > 1 AND ranked.value <> winner.value
        QUALIFY row_number() OVER (PARTITION BY ranked.person_key, ranked.field, ranked.value ORDER BY ranked.place) = 1
    )
    GROUP BY ALL
)

SELECT
    winner.person_key,
    winner.field,
    winner.value,
    winner.source,
    winner.source_id,
    winner.landing_ref,
    winner.position,
    winner.seen_at,
    CASE
        WHEN winner.offers = 1 THEN 'only value'
        WHEN winner.field = 'email' AND winner.email_status = 'verified' THEN 'verified address'
        ELSE 'newest value of trust tier ' || winner.tier
    END AS rule,
    coalesce(losers.losing_values, []) AS losing_values
FROM ranked AS winner
LEFT JOIN losers ON winner.person_key = losers.person_key AND winner.field = losers.field
WHERE winner.place = 1

UNION ALL

-- The status of an address is told by the record that gave the address.
SELECT
    person_key, 'email_status', email_status, source, source_id, landing_ref, position, seen_at,
    'follows the surviving address', []
FROM ranked
WHERE place = 1 AND field = 'email' AND email_status IS NOT NULL
