-- One row per person, channel and kind of suppression that holds the person back today.
-- Mail can go to any living record of a person: a mailbox or number in one that said no counts, whichever survived.
WITH reached AS (
    SELECT m.person_key, r.email_norm, r.phone
    FROM staging.crm_people AS r
    INNER JOIN identity.members AS m ON m.source = r.vendor || ':' || r.object AND m.source_id = r.record_id
    INNER JOIN identity.people AS p ON m.person_key = p.person_key
    WHERE NOT coalesce(r.is_deleted, FALSE) AND NOT coalesce(r.is_converted, FALSE)
),

refused AS (
    SELECT * FROM "qualify".suppressions WHERE kind IN ('optout', 'complaint')
),

hits AS (
    SELECT p.person_key, s.*
    EXCLUDE (person_key)
    FROM identity.people AS p
    INNER JOIN "qualify".suppressions AS s ON s.scope = 'person' AND s.subject = p.person_key
    UNION ALL
    SELECT p.person_key, s.*
    EXCLUDE (person_key)
    FROM identity.people AS p
    INNER JOIN "qualify".suppressions AS s ON s.scope = 'address' AND s.subject = p.email_norm
    UNION ALL
    SELECT p.person_key, s.*
    EXCLUDE (person_key)
    FROM identity.people AS p
    INNER JOIN "qualify".suppressions AS s ON s.scope = 'phone' AND s.subject = p.phone
    UNION ALL
    SELECT p.person_key, s.*
    EXCLUDE (person_key)
    FROM identity.people AS p
    INNER JOIN "qualify".suppressions AS s ON s.scope = 'domain' AND s.subject = lower(p.company_domain)
    UNION ALL
    SELECT p.person_key, s.*
    EXCLUDE (person_key)
    FROM identity.people AS p
    INNER JOIN "qualify".suppressions AS s ON s.scope = 'domain' AND s.subject = split_part(p.email_norm, '@', 2)
    UNION ALL
    SELECT r.person_key, s.*
    EXCLUDE (person_key)
    FROM reached AS r
    INNER JOIN refused AS s ON s.scope = 'address' AND s.subject = r.email_norm
    UNION ALL
    SELECT r.person_key, s.*
    EXCLUDE (person_key)
    FROM reached AS r
    INNER JOIN refused AS s ON s.scope = 'phone' AND s.subject = r.phone
)

SELECT
    person_key, channel, kind,
    kind IN ('optout', 'complaint') AS is_optout,
    list_contains($crm_kinds::VARCHAR[], kind) AS is_crm_held,
    CASE kind
        WHEN 'optout' THEN 'opted out of ' || CASE channel WHEN 'email' THEN 'e-mail' WHEN 'sms' THEN 'SMS' ELSE channel END
        WHEN 'complaint' THEN 'complained about a message'
        WHEN 'bounce' THEN CASE channel WHEN 'sms' THEN 'has a phone that cannot be reached' ELSE 'has an address that bounced' END
        WHEN 'customer' THEN 'is a customer'
        WHEN 'open_deal' THEN 'has an open deal'
        WHEN 'competitor' THEN 'works for a competitor'
        WHEN 'country' THEN 'lives in an excluded country'
        ELSE 'is excluded by policy'
    END AS reason,
    arg_min(source, (since, source)) AS source,
    min(since) AS since
FROM hits
WHERE until IS NULL OR until::DATE > $as_of::DATE
GROUP BY person_key, channel, kind
