-- One row per person and segment they belong to; rules/segments.yaml is compiled into the empty list below.
WITH held AS (
    SELECT
        person_key,
        bool_or(channel IN ('email', 'all')) AS is_held_email,
        bool_or(channel IN ('sms', 'all')) AS is_held_sms,
        bool_or(kind = 'customer') AS is_customer,
        bool_or(kind = 'open_deal') AS has_open_deal
    FROM "qualify".holds
    GROUP BY person_key
),

mailboxes AS (
    SELECT email_norm, bool_or(is_role_email) AS is_role_email
    FROM staging.leads
    WHERE email_norm IS NOT NULL
    GROUP BY email_norm
),

facts AS (
    SELECT
        p.person_key,
        lower(p.title) AS title,
        lower(p.seniority) AS seniority,
        lower(p.departments) AS departments,
        p.employees,
        lower(p.industry) AS industry,
        p.annual_revenue_usd,
        lower(p.country) AS country,
        lower(p.company_domain) AS company_domain,
        lower(p.email_status) AS email_status,
        p.phone IS NOT NULL AS has_phone,
        p.linkedin_slug IS NOT NULL AS has_linkedin,
        coalesce(b.is_role_email, FALSE) AS is_role_email,
        lower(p.first_source) AS first_source,
        lower(p.first_search) AS first_search,
        coalesce(p.has_lead_source, FALSE) AS has_lead_source,
        lower(p.zoho_module) AS zoho_module,
        p.ghl_contact_id IS NOT NULL AS is_in_outreach,
        s.account_fit,
        s.persona_influence,
        s.engagement,
        s.score,
        s.grade,
        s.has_human_signal,
        p.email IS NOT NULL AND NOT coalesce(h.is_held_email, FALSE) AS is_contactable_email,
        p.phone IS NOT NULL AND NOT coalesce(h.is_held_sms, FALSE) AS is_contactable_sms,
        coalesce(h.is_customer, FALSE) AS is_customer,
        coalesce(h.has_open_deal, FALSE) AS has_open_deal
    FROM identity.people AS p
    INNER JOIN "qualify".scores AS s ON s.person_key = p.person_key
    LEFT JOIN held AS h ON h.person_key = p.person_key
    LEFT JOIN mailboxes AS b ON b.email_norm = p.email_norm
),

fitting AS (
    SELECT
        person_key,
        unnest(list_filter(
            CAST([/* rules */] AS STRUCT(segment VARCHAR, tag VARCHAR, position INTEGER)[]), lambda r: r IS NOT NULL
        )[1:$most]) AS fit
    FROM facts
)

SELECT
    person_key,
    fit.segment AS segment,
    fit.tag AS tag,
    fit.position AS position
FROM fitting
