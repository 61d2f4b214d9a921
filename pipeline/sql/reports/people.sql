-- One row per real person, today.
WITH held AS (
    SELECT
        person_key,
        bool_or(channel IN ('email', 'all')) AS is_held_email,
        bool_or(channel IN ('sms', 'all')) AS is_held_sms,
        'held back because the person ' || string_agg(DISTINCT reason, ' and ' ORDER BY reason) AS held_reason
    FROM "qualify".holds
    GROUP BY person_key
),

done AS (
    SELECT
        person_key,
        max(occurred_at) AS last_touch_at,
        bool_or(kind IN ('enrolled', 'sent', 'delivered', 'open', 'click')) AS is_enrolled,
        bool_or(kind = 'reply' AND is_human) AS has_replied,
        bool_or(kind IN ('booked', 'showed')) AS has_meeting,
        bool_or(kind = 'won') AS is_won,
        bool_or(kind = 'lost') AS is_lost
    FROM reports.touches
    WHERE person_key IS NOT NULL
    GROUP BY person_key
),

open_deals AS (
    SELECT DISTINCT person_key
    FROM (
        SELECT person_key
        FROM reports.touches
        WHERE kind IN ('deal_stage', 'won', 'lost') AND person_key IS NOT NULL
        GROUP BY person_key, vendor, vendor_id
        HAVING NOT bool_or(kind IN ('won', 'lost'))
    ) AS still_open
),

segments AS (
    SELECT person_key, arg_min(segment, position) AS segment
    FROM "qualify".tags
    GROUP BY person_key
),

checked AS (
    SELECT person_key, max(seen_at) AS email_checked_at
    FROM identity.provenance
    WHERE field = 'email'
    GROUP BY person_key
),

costs AS (
    SELECT coalesce(r.new_key, s.person_key) AS person_key, fsum(s.usd) AS spend_usd
    FROM reports.spend AS s
    LEFT JOIN identity.redirects AS r ON r.old_key = s.person_key
    WHERE s.person_key IS NOT NULL
    GROUP BY ALL
),

zones AS (
    SELECT *
    FROM (VALUES
        ('austria', 'Europe/Vienna'), ('belgium', 'Europe/Brussels'), ('denmark', 'Europe/Copenhagen'),
        ('finland', 'Europe/Helsinki'), ('france', 'Europe/Paris'), ('germany', 'Europe/Berlin'),
        ('india', 'Asia/Kolkata'), ('ireland', 'Europe/Dublin'), ('israel', 'Asia/Jerusalem'),
        ('italy', 'Europe/Rome'), ('japan', 'Asia/Tokyo'), ('netherlands', 'Europe/Amsterdam'),
        ('norway', 'Europe/Oslo'), ('poland', 'Europe/Warsaw'), ('singapore', 'Asia/Singapore'),
        ('sweden', 'Europe/Stockholm'), ('switzerland', 'Europe/Zurich'), ('united kingdom', 'Europe/London')
    ) AS z (country, time_zone)
)

SELECT
    $workspace AS workspace,
    p.person_key,
    p.company_key,
    p.company_name,
    p.company_domain,
    p.full_name,
    p.title,
    p.seniority,
    p.country,
    z.time_zone,
    p.email,
    p.email_status,
    e.email_checked_at,
    p.first_source,
    p.first_search,
    p.first_seen_at,
    p.zoho_module,
    p.zoho_id,
    p.ghl_contact_id,
    p.owner_email,
    s.account_fit,
    s.persona_influence,
    s.engagement,
    s.grade,
    g.segment,
    p.email IS NOT NULL AND NOT coalesce(h.is_held_email, FALSE) AS is_contactable_email,
    p.phone IS NOT NULL AND NOT coalesce(h.is_held_sms, FALSE) AS is_contactable_sms,
    h.held_reason,
    CASE
        WHEN d.is_won THEN 'won'
        WHEN o.person_key IS NOT NULL THEN 'deal'
        WHEN d.is_lost THEN 'lost'
        WHEN d.has_meeting THEN 'meeting'
        WHEN d.has_replied THEN 'replied'
        WHEN d.is_enrolled THEN 'enrolled'
        WHEN p.zoho_id IS NOT NULL THEN 'synced'
        WHEN s.grade IN ('A', 'B') THEN 'qualified'
        ELSE 'sourced'
    END AS lifecycle,
    d.last_touch_at,
    s.last_human_signal_at,
    coalesce(c.spend_usd, 0) AS spend_usd
FROM identity.people AS p
LEFT JOIN "qualify".scores AS s ON s.person_key = p.person_key
LEFT JOIN segments AS g ON g.person_key = p.person_key
LEFT JOIN held AS h ON h.person_key = p.person_key
LEFT JOIN done AS d ON d.person_key = p.person_key
LEFT JOIN open_deals AS o ON o.person_key = p.person_key
LEFT JOIN checked AS e ON e.person_key = p.person_key
LEFT JOIN costs AS c ON c.person_key = p.person_key
LEFT JOIN zones AS z ON z.country = lower(p.country)
