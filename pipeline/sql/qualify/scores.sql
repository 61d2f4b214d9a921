-- One row per person with the three scores of this run; rules/scoring.yaml is compiled into the empty list below.
WITH facts AS (
    SELECT
        p.person_key,
        lower(p.title) AS title,
        lower(p.seniority) AS seniority,
        lower(p.departments) AS departments,
        coalesce(p.employees, c.employees) AS employees,
        lower(coalesce(p.industry, c.industry)) AS industry,
        coalesce(p.annual_revenue_usd, c.annual_revenue_usd) AS annual_revenue_usd,
        lower(p.city) AS city,
        lower(p.state) AS state,
        lower(coalesce(p.country, c.country)) AS country,
        lower(p.company_name) AS company_name,
        lower(coalesce(p.company_domain, c.domain)) AS company_domain,
        lower(p.email_status) AS email_status,
        p.email IS NOT NULL AS has_email,
        p.phone IS NOT NULL AS has_phone,
        p.linkedin_slug IS NOT NULL AS has_linkedin,
        lower(p.first_source) AS first_source,
        lower(p.first_search) AS first_search,
        coalesce(p.has_lead_source, FALSE) AS has_lead_source
    FROM identity.people AS p
    LEFT JOIN identity.companies AS c ON c.company_key = p.company_key
),

signals AS (
    SELECT
        person_key,
        list_filter(
            CAST([/* rules */] AS STRUCT(score VARCHAR, rule VARCHAR, points INTEGER)[]), lambda r: r IS NOT NULL
        ) AS reasons
    FROM facts
),

weights AS (
    SELECT
        unnest($kinds::VARCHAR[]) AS kind,
        unnest($kind_points::DOUBLE[]) AS points,
        unnest($kind_half_lives::DOUBLE[]) AS half_life_days,
        unnest($kind_caps::DOUBLE[]) AS cap
),

deliveries AS (
    SELECT vendor, vendor_id, min(occurred_at) AS delivered_at
    FROM staging.engagements
    WHERE kind = 'delivered'
    GROUP BY vendor, vendor_id
),

events AS (
    SELECT
        m.person_key,
        e.kind,
        e.occurred_at,
        coalesce(e.is_human, FALSE) AND coalesce(
            e.kind <> 'click' OR e.occurred_at >= d.delivered_at + to_seconds($machine_click_seconds), TRUE
        ) AS is_human,
        greatest(0, date_diff('day', e.occurred_at::DATE, $as_of::DATE)) // $step_days * $step_days AS age_days
    FROM staging.engagements AS e
    INNER JOIN identity.members AS m
        ON m.source = e.vendor || ':' || e.object AND m.source_id = e.record_id
    LEFT JOIN deliveries AS d ON d.vendor = e.vendor AND d.vendor_id = e.vendor_id
),

warmth AS (
    SELECT
        e.person_key,
        w.kind AS rule,
        round(least(w.cap, sum(w.points * pow(0.5, e.age_days / w.half_life_days))))::INTEGER AS points
    FROM events AS e
    INNER JOIN weights AS w ON w.kind = e.kind
    WHERE e.is_human
    GROUP BY e.person_key, w.kind, w.cap
),

attention AS (
    SELECT
        person_key,
        list({'score': 'engagement', 'rule': rule, 'points': points} ORDER BY rule) AS reasons
    FROM warmth
    WHERE points <> 0
    GROUP BY person_key
),

humans AS (
    SELECT person_key, max(occurred_at) AS last_human_signal_at
    FROM events
    WHERE is_human AND list_contains($human_signals::VARCHAR[], kind)
    GROUP BY person_key
),

explained AS (
    SELECT s.person_key, list_concat(s.reasons, coalesce(a.reasons, [])) AS reasons
    FROM signals AS s
    LEFT JOIN attention AS a ON a.person_key = s.person_key
),

summed AS (
    SELECT
        person_key,
        reasons,
        coalesce(list_sum([r.points FOR r IN reasons IF r.score = 'account_fit']), 0)::INTEGER AS raw_fit,
        coalesce(list_sum([r.points FOR r IN reasons IF r.score = 'persona_influence']), 0)::INTEGER AS raw_influence,
        coalesce(list_sum([r.points FOR r IN reasons IF r.score = 'engagement']), 0)::INTEGER AS raw_engagement
    FROM explained
),

bounded AS (
    SELECT
        *,
        greatest(0, least($fit_cap, raw_fit))::INTEGER AS account_fit,
        greatest(0, least($influence_cap, raw_influence))::INTEGER AS persona_influence,
        greatest(0, least($engagement_cap, raw_engagement))::INTEGER AS engagement
    FROM summed
),

-- A score that was cut keeps its sum true: the cut is a reason of its own.
cut AS (
    SELECT
        *,
        [
            {'score': 'account_fit', 'rule': 'limit', 'points': account_fit - raw_fit},
            {'score': 'persona_influence', 'rule': 'limit', 'points': persona_influence - raw_influence},
            {'score': 'engagement', 'rule': 'limit', 'points': engagement - raw_engagement}
        ] AS cuts,
        round(
            (account_fit * $fit_weight + persona_influence * $influence_weight + engagement * $engagement_weight)
            / ($fit_weight + $influence_weight + $engagement_weight)
        )::INTEGER AS score
    FROM bounded
)

SELECT
    c.person_key,
    c.account_fit,
    c.persona_influence,
    c.engagement,
    c.score,
    CASE WHEN c.score >= $grade_a THEN 'A' WHEN c.score >= $grade_b THEN 'B' WHEN c.score >= $grade_c THEN 'C' ELSE 'D' END AS grade,
    to_json(list_concat(c.reasons, [r FOR r IN c.cuts IF r.points <> 0])) AS reasons,
    h.person_key IS NOT NULL AS has_human_signal,
    h.last_human_signal_at,
    $rules_version AS rules_version,
    $as_of::DATE AS as_of
FROM cut AS c
LEFT JOIN humans AS h ON h.person_key = c.person_key
