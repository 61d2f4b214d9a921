-- One row per contact who was sent something automatic although a customer or in an open deal.
WITH deals AS (
    SELECT
        'zoho' AS vendor,
        record_id AS deal_id,
        payload ->> '$.Contact_Name.id' AS contact_id,
        payload ->> '$.Account_Name.id' AS account_id,
        -- Stages have whatever names people give them: the usual words first, then the probability.
        CASE
            WHEN lower(payload ->> 'Stage') LIKE '%lost%' THEN 'lost'
            WHEN lower(payload ->> 'Stage') LIKE '%won%' OR try_cast(payload ->> 'Probability' AS DOUBLE) = 100
                THEN 'customer'
            ELSE 'open deal'
        END AS kind
    FROM raw.zoho__deals
    WHERE record_id IS NOT NULL AND payload ->> 'Stage' IS NOT NULL
    UNION ALL
    SELECT
        'ghl',
        record_id,
        coalesce(payload ->> 'contactId', payload ->> '$.contact.id'),
        NULL,
        CASE lower(coalesce(payload ->> 'status', ''))
            WHEN 'won' THEN 'customer'
            WHEN 'open' THEN 'open deal'
            ELSE 'lost'
        END
    FROM raw.ghl__opportunities
    WHERE record_id IS NOT NULL
),

people AS (
    SELECT record.person_no, arg_min(deal, (deal.kind, deal.vendor, deal.deal_id)) AS deal
    FROM deals AS deal
    INNER JOIN audit_records AS record
        ON deal.vendor = record.vendor AND (
            (record.object IN ('Contacts', 'contact') AND record.record_id = deal.contact_id)
            -- A deal without a contact is the whole account's.
            OR (deal.contact_id IS NULL AND record.company_record_id = deal.account_id)
        )
    WHERE deal.kind <> 'lost'
    GROUP BY record.person_no
),

messages AS (
    SELECT DISTINCT ON (record_id)
        payload ->> 'contactId' AS contact_id,
        coalesce(
            try_cast(payload ->> 'dateAdded' AS TIMESTAMPTZ),
            to_timestamp(try_cast(payload ->> 'dateAdded' AS DOUBLE) / 1000)
        ) AS sent_at,
        coalesce(payload ->> 'workflowId', payload ->> 'campaignId', payload ->> 'campaign') AS sender,
        lower(coalesce(payload ->> 'source', '')) AS said
    FROM raw.ghl__messages
    WHERE lower(coalesce(payload ->> 'direction', 'outbound')) <> 'inbound'
),

sent AS (
    SELECT contact_id, count(*) AS messages, max(sent_at) AS last_sent_at, any_value(sender) AS sent_by
    FROM messages
    WHERE (sender IS NOT NULL OR said IN ('workflow', 'workflows', 'bulk_actions', 'campaign'))
        AND sent_at >= $since
    GROUP BY contact_id
)

SELECT
    record.vendor,
    record.object,
    record.record_id,
    record.link,
    people.deal.kind AS kind,
    people.deal.vendor AS deal_vendor,
    people.deal.deal_id AS deal_id,
    sent.messages,
    sent.last_sent_at,
    sent.sent_by
FROM sent
INNER JOIN audit_records AS record ON record.vendor = 'ghl' AND sent.contact_id = record.record_id
INNER JOIN people ON record.person_no = people.person_no
ORDER BY people.deal.kind, sent.last_sent_at DESC, record.record_id
