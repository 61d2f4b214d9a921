-- One row per reason why a person, address, domain or phone must not be contacted.
-- Opt-outs, complaints and bounces once seen stay, even when the platform forgets them; policy kinds end with their cause.
WITH records AS (
    SELECT c.*, m.person_key
    FROM staging.crm_people AS c
    LEFT JOIN identity.members AS m
        ON m.source = c.vendor || ':' || c.object AND m.source_id = c.record_id
),

events AS (
    SELECT e.*, r.person_key, r.email_norm, r.phone
    FROM staging.engagements AS e
    LEFT JOIN records AS r ON r.vendor = e.vendor AND r.object = e.object AND r.record_id = e.record_id
),

refusals AS (
    SELECT
        person_key, email_norm, phone, 'email' AS channel, 'optout' AS kind,
        vendor || ':' || object || '/' || record_id AS source, coalesce(modified_at, created_at) AS since
    FROM records
    WHERE is_opted_out_email
    UNION ALL
    SELECT
        person_key, email_norm, phone, 'sms', 'optout',
        vendor || ':' || object || '/' || record_id, coalesce(modified_at, created_at)
    FROM records
    WHERE is_opted_out_sms
    UNION ALL
    SELECT
        person_key, email_norm, phone, coalesce(channel, 'email'), kind,
        'engagement/' || engagement_id, occurred_at
    FROM events
    WHERE kind IN ('optout', 'complaint')
),

deals AS (
    SELECT
        person_key, vendor, vendor_id, min(occurred_at) AS since,
        bool_or(kind = 'won') AS is_won, bool_or(kind IN ('won', 'lost')) AS is_closed
    FROM events
    WHERE kind IN ('deal_stage', 'won', 'lost') AND person_key IS NOT NULL
    GROUP BY person_key, vendor, vendor_id
),

seen AS (
    SELECT 'person' AS scope, person_key AS subject, person_key, channel, kind, source, since
    FROM refusals
    WHERE person_key IS NOT NULL
    UNION ALL
    -- The mailbox said no as well: another record that holds the address must not be mailed either.
    SELECT 'address', email_norm, person_key, channel, kind, source, since
    FROM refusals
    WHERE channel = 'email' AND email_norm IS NOT NULL
    UNION ALL
    SELECT 'phone', phone, person_key, channel, kind, source, since
    FROM refusals
    WHERE channel = 'sms' AND phone IS NOT NULL
    UNION ALL
    SELECT 'address', email_norm, person_key, 'email', kind, 'engagement/' || engagement_id, occurred_at
    FROM events
    WHERE kind = 'bounce' AND channel = 'email' AND email_norm IS NOT NULL
    UNION ALL
    SELECT 'phone', phone, person_key, 'sms', kind, 'engagement/' || engagement_id, occurred_at
    FROM events
    WHERE kind = 'bounce' AND channel = 'sms' AND phone IS NOT NULL
    UNION ALL
    SELECT 'person', person_key, person_key, 'all', 'customer', 'engagement/' || vendor || ':' || vendor_id, since
    FROM deals
    WHERE is_won AND $customers
    UNION ALL
    SELECT 'person', person_key, person_key, 'all', 'open_deal', 'engagement/' || vendor || ':' || vendor_id, since
    FROM deals
    WHERE NOT is_closed AND $open_deals
    UNION ALL
    SELECT 'person', person_key, person_key, 'all', 'country', 'rules', NULL
    FROM identity.people
    WHERE list_contains($excluded_countries::VARCHAR[], lower(country))
    UNION ALL
    SELECT 'domain', unnest($competitor_domains::VARCHAR[]), NULL, 'all', 'competitor', 'rules', NULL
    UNION ALL
    SELECT 'domain', unnest($policy_domains::VARCHAR[]), NULL, 'all', 'policy', 'rules', NULL
    UNION ALL
    SELECT 'address', unnest($policy_addresses::VARCHAR[]), NULL, 'all', 'policy', 'rules', NULL
    UNION ALL
    SELECT 'phone', unnest($policy_phones::VARCHAR[]), NULL, 'all', 'policy', 'rules', NULL
),

remembered AS (
    SELECT
        s.scope,
        CASE WHEN s.scope = 'person' THEN coalesce(r.new_key, s.subject) ELSE s.subject END AS subject,
        coalesce(r.new_key, s.person_key) AS person_key,
        s.channel, s.kind, s.source, s.since
    FROM "qualify".suppressions AS s
    LEFT JOIN identity.redirects AS r ON r.old_key = s.person_key
),

together AS (
    SELECT *, 1 AS place
    FROM remembered
    WHERE kind IN ('optout', 'complaint', 'bounce')
    UNION ALL BY NAME
    SELECT s.* REPLACE (coalesce(s.since, r.since, $as_of::DATE::TIMESTAMPTZ) AS since), 2 AS place
    FROM seen AS s
    LEFT JOIN remembered AS r ON
        r.scope = s.scope AND r.subject = s.subject AND r.channel = s.channel
        AND r.kind = s.kind AND r.source = s.source
    -- A bounce belongs to the address that bounced: it does not follow a later correction of the record.
    WHERE s.kind <> 'bounce' OR NOT EXISTS (SELECT 1 FROM remembered AS b WHERE b.kind = 'bounce' AND b.source = s.source)
)

SELECT
    scope, subject, first(person_key ORDER BY place DESC, person_key) AS person_key, channel, kind,
    $applies_to AS applies_to, source, min(since) AS since, CAST(NULL AS TIMESTAMPTZ) AS until
FROM together
GROUP BY scope, subject, channel, kind, source
