-- One row per event between a person and us, exactly once: a later fetch of the same event changes nothing.
WITH message_versions AS (
    SELECT
        -- A message without an id is known by what does not change in it.
        coalesce(record_id, 'nameless:' || md5(concat_ws(
            chr(31), payload ->> 'contactId', payload ->> 'dateAdded', payload ->> 'direction',
            coalesce(payload ->> 'messageType', payload ->> 'type'), payload ->> 'conversationId', payload ->> 'body'
        ))) AS vendor_id,
        payload ->> 'contactId' AS contact_id,
        fetched_at AS received_at,
        landing_ref || '#' || position AS raw_ref,
        coalesce(
            try_cast(payload ->> 'dateAdded' AS TIMESTAMPTZ),
            to_timestamp(try_cast(payload ->> 'dateAdded' AS DOUBLE) / 1000)
        ) AS added_at,
        coalesce(
            try_cast(payload ->> 'dateUpdated' AS TIMESTAMPTZ),
            to_timestamp(try_cast(payload ->> 'dateUpdated' AS DOUBLE) / 1000)
        ) AS updated_at,
        lower(coalesce(payload ->> 'direction', '')) AS direction,
        lower(coalesce(payload ->> 'status', '')) AS status,
        coalesce(
            CASE upper(coalesce(payload ->> 'messageType', payload ->> 'type', ''))
                WHEN 'TYPE_EMAIL' THEN 'email'
                WHEN 'EMAIL' THEN 'email'
                WHEN '3' THEN 'email'
                WHEN 'TYPE_SMS' THEN 'sms'
                WHEN 'SMS' THEN 'sms'
                WHEN '2' THEN 'sms'
                WHEN 'TYPE_CALL' THEN 'call'
                WHEN 'CALL' THEN 'call'
                WHEN '1' THEN 'call'
                WHEN 'TYPE_VOICEMAIL' THEN 'voicemail'
                WHEN '10' THEN 'voicemail'
            END,
            lower(regexp_replace(payload ->> 'messageType', '^TYPE_', '')), 'other'
        ) AS channel,
        lower(payload ->> 'source') AS sent_by,
        CASE WHEN lower(payload ->> 'direction') = 'inbound' THEN trim(regexp_replace(
            regexp_replace(payload ->> 'body', '<[^>]*>|&nbsp;', ' ', 'g'), '\s+', ' ', 'g'
        ))[:1000] END AS excerpt,
        lower(concat_ws(' ', payload ->> 'subject', payload ->> '$.meta.email.subject', payload ->> 'body')) AS words,
        trim(lower(regexp_replace(coalesce(payload ->> 'body', ''), '<[^>]*>|[^[:alpha:] ]', ' ', 'g'))) AS bare,
        coalesce(try_cast(payload ->> '$.meta.callDuration' AS DOUBLE), 0) AS call_seconds,
        lower(coalesce(payload ->> '$.meta.callStatus', payload ->> 'status', '')) AS call_status,
        coalesce(payload ->> 'campaignId', payload ->> 'campaign') AS campaign,
        payload ->> 'workflowId' AS workflow_id,
        nullif(regexp_extract(lower(coalesce(payload ->> 'from', '')), '@([a-z0-9.-]+)', 1), '') AS sending_domain
    FROM raw.ghl__messages
    WHERE payload ->> 'contactId' IS NOT NULL
),

talk AS (
    SELECT
        *,
        channel IN (
            'email', 'sms', 'whatsapp', 'instagram', 'facebook', 'fb', 'ig', 'gmb', 'live_chat', 'webchat', 'chat',
            'custom_sms', 'custom_email', 'campaign_email', 'campaign_sms'
        ) AS is_talk
    FROM message_versions
    WHERE channel NOT IN ('call', 'voicemail')
),

-- An outbound message holds one status at a time: each one says that the steps before it happened too. What a vendor
-- calls in a way nobody knows yet (a status, a channel) is kept as `other`, and means nothing.
message_events AS (
    SELECT *, 'out' AS way, unnest(CASE
        WHEN NOT is_talk AND status NOT IN ('opt_out', 'unsubscribed', 'complained') THEN ['other']
        WHEN status IN ('pending', 'scheduled', 'queued') THEN []
        WHEN status IN ('sent', 'connected', '') THEN ['sent']
        WHEN status = 'delivered' THEN ['sent', 'delivered']
        WHEN status IN ('opened', 'read') THEN ['sent', 'delivered', 'open']
        WHEN status = 'clicked' THEN ['sent', 'delivered', 'open', 'click']
        WHEN status IN ('failed', 'undelivered', 'bounced') THEN ['sent', 'bounce']
        WHEN status IN ('opt_out', 'unsubscribed') THEN ['sent', 'optout']
        WHEN status = 'complained' THEN ['sent', 'delivered', 'complaint']
        ELSE ['other']
    END) AS kind
    FROM talk
    WHERE direction <> 'inbound'

    UNION ALL BY NAME

    SELECT *, 'in' AS way, CASE
        WHEN status = 'opt_out'
            OR regexp_matches(bare, '^(please )?(stop|stopall|unsubscribe|unsubscribe me|remove me|opt out|optout)( |$)')
            THEN 'optout'
        WHEN NOT is_talk THEN 'other'
        WHEN regexp_matches(
            words,
            'out of (the )?office|automatic reply|auto-?reply|autoresponse|automatische antwort|abwesenheit|'
            || 'réponse automatique|on (annual |parental )?leave|currently away|on vacation|no longer (works|with)'
        ) THEN 'auto_reply'
        WHEN regexp_matches(words, 'mailer-daemon|delivery status notification|undeliverable|undelivered mail')
            THEN 'bounce'
        ELSE 'reply'
    END AS kind
    FROM talk
    WHERE direction = 'inbound'

    UNION ALL BY NAME

    SELECT *, CASE WHEN direction = 'inbound' THEN 'in' ELSE 'out' END AS way, 'call' AS kind
    FROM message_versions
    WHERE channel IN ('call', 'voicemail')
),

events AS (
    SELECT
        'ghl' AS vendor,
        vendor_id,
        'contact' AS object,
        contact_id AS record_id,
        kind,
        way AS direction,
        CASE WHEN channel = 'voicemail' THEN 'call' ELSE channel END AS channel,
        CASE
            WHEN kind = 'call'
                THEN channel = 'call' AND call_status IN ('completed', 'connected', 'answered') AND call_seconds > 0
            -- Half of all opens are machines; a click is human only when it comes later than a scanner would.
            WHEN kind = 'click' THEN coalesce(updated_at >= added_at + INTERVAL 60 SECOND, FALSE)
            ELSE kind IN ('reply', 'optout', 'complaint')
        END AS is_human,
        -- A status is dated by the last change; when the step before it happened, nobody told: not before the sending.
        CASE
            WHEN kind = 'delivered' AND status <> 'delivered' THEN added_at
            WHEN kind = 'open' AND status NOT IN ('opened', 'read') THEN added_at
            WHEN kind IN ('delivered', 'open', 'click', 'bounce', 'complaint') OR (kind = 'optout' AND way = 'out')
                THEN coalesce(updated_at, added_at)
            ELSE added_at
        END AS occurred_at,
        received_at,
        campaign,
        workflow_id,
        sent_by,
        sending_domain,
        CASE WHEN kind = 'reply' THEN nullif(excerpt, '') END AS excerpt,
        NULL::DOUBLE AS value,
        NULL::VARCHAR AS currency,
        raw_ref
    FROM message_events
    WHERE added_at IS NOT NULL

    UNION ALL BY NAME

    SELECT
        'ghl' AS vendor,
        record_id AS vendor_id,
        'contact' AS object,
        payload ->> 'contactId' AS record_id,
        kind,
        'in' AS direction,
        'meeting' AS channel,
        kind <> 'other' AS is_human,
        coalesce(
            try_cast(CASE WHEN kind = 'showed' THEN payload ->> 'startTime'
                ELSE coalesce(payload ->> 'dateAdded', payload ->> 'startTime') END AS TIMESTAMPTZ),
            to_timestamp(try_cast(payload ->> 'dateAdded' AS DOUBLE) / 1000)
        ) AS occurred_at,
        fetched_at AS received_at,
        landing_ref || '#' || position AS raw_ref
    FROM (
        SELECT *, unnest(CASE
            WHEN status = 'showed' THEN ['booked', 'showed']
            WHEN status IN ('new', 'confirmed', 'cancelled', 'canceled', 'noshow', '') THEN ['booked']
            ELSE ['other']
        END) AS kind
        FROM (
            SELECT
                * REPLACE (coalesce(record_id, 'nameless:' || md5(concat_ws(
                    chr(31), payload ->> 'contactId', payload ->> 'calendarId', payload ->> 'startTime'
                ))) AS record_id),
                lower(coalesce(payload ->> 'appointmentStatus', payload ->> 'appoinmentStatus', '')) AS status
            FROM raw.ghl__appointments
            WHERE payload ->> 'contactId' IS NOT NULL
        )
    )

    UNION ALL BY NAME

    -- Deals are moved by our own people: they say where things stand, not what the person did.
    SELECT
        'ghl' AS vendor,
        record_id || CASE WHEN kind = 'deal_stage' THEN ':' || coalesce(payload ->> 'pipelineStageId', '') ELSE '' END
            AS vendor_id,
        'contact' AS object,
        coalesce(payload ->> 'contactId', payload ->> '$.contact.id') AS record_id,
        kind,
        'crm' AS channel,
        FALSE AS is_human,
        try_cast(coalesce(
            CASE WHEN kind = 'deal_stage' THEN payload ->> 'lastStageChangeAt' ELSE payload ->> 'lastStatusChangeAt' END,
            payload ->> 'updatedAt', payload ->> 'createdAt'
        ) AS TIMESTAMPTZ) AS occurred_at,
        fetched_at AS received_at,
        try_cast(payload ->> 'monetaryValue' AS DOUBLE) AS value,
        landing_ref || '#' || position AS raw_ref
    FROM (
        SELECT *, CASE lower(coalesce(payload ->> 'status', ''))
            WHEN 'won' THEN 'won'
            WHEN 'lost' THEN 'lost'
            WHEN 'abandoned' THEN 'lost'
            ELSE 'deal_stage'
        END AS kind
        FROM raw.ghl__opportunities
        WHERE record_id IS NOT NULL
    )

    UNION ALL BY NAME

    SELECT
        'ghl' AS vendor,
        record_id || ':' || channel AS vendor_id,
        'contact' AS object,
        record_id,
        'optout' AS kind,
        'in' AS direction,
        channel,
        TRUE AS is_human,
        try_cast(coalesce(payload ->> 'dateUpdated', payload ->> 'dateAdded') AS TIMESTAMPTZ) AS occurred_at,
        fetched_at AS received_at,
        landing_ref || '#' || position AS raw_ref
    FROM (
        SELECT *, unnest(list_filter(['email', 'sms', 'call'], lambda one: lower(coalesce(
            CASE one
                WHEN 'email' THEN coalesce(
                    payload ->> '$.dndSettings.Email.status', payload ->> '$.dndSettings.email.status')
                WHEN 'sms' THEN coalesce(payload ->> '$.dndSettings.SMS.status', payload ->> '$.dndSettings.sms.status')
                ELSE coalesce(payload ->> '$.dndSettings.Call.status', payload ->> '$.dndSettings.call.status')
            END,
            CASE WHEN payload ->> 'dnd' = 'true' THEN 'active' END, ''
        )) IN ('active', 'permanent'))) AS channel
        FROM raw.ghl__contacts
        WHERE record_id IS NOT NULL
    )

    UNION ALL BY NAME

    SELECT
        'zoho' AS vendor,
        record_id || CASE WHEN kind = 'deal_stage' THEN ':' || (payload ->> 'Stage') ELSE '' END AS vendor_id,
        CASE WHEN payload ->> '$.Contact_Name.id' IS NOT NULL THEN 'Contacts' ELSE 'Accounts' END AS object,
        coalesce(payload ->> '$.Contact_Name.id', payload ->> '$.Account_Name.id') AS record_id,
        kind,
        'crm' AS channel,
        FALSE AS is_human,
        try_cast(coalesce(payload ->> 'Modified_Time', payload ->> 'Created_Time') AS TIMESTAMPTZ) AS occurred_at,
        fetched_at AS received_at,
        try_cast(payload ->> 'Amount' AS DOUBLE) AS value,
        -- Only where an organisation has several does a deal name its own.
        CASE WHEN payload ->> 'Amount' IS NOT NULL THEN coalesce(payload ->> 'Currency', (
            SELECT arg_max(payload ->> 'iso_code', fetched_at)
            FROM raw.zoho__metadata
            WHERE context ->> 'kind' = 'organisation'
        )) END AS currency,
        landing_ref || '#' || position AS raw_ref
    FROM (
        SELECT *, CASE
            WHEN regexp_matches(lower(payload ->> 'Stage'), '\bwon\b') THEN 'won'
            WHEN regexp_matches(lower(payload ->> 'Stage'), '\blost\b') THEN 'lost'
            ELSE 'deal_stage'
        END AS kind
        FROM raw.zoho__deals AS d
        WHERE
            record_id IS NOT NULL AND payload ->> 'Stage' IS NOT NULL
            -- A deal that was deleted is no deal: it holds nobody back.
            AND NOT EXISTS (
                SELECT 1
                FROM raw.zoho__deleted AS gone
                WHERE
                    gone.context ->> 'module' = 'Deals' AND gone.record_id = d.record_id
                    AND coalesce(try_cast(gone.payload ->> 'deleted_time' AS TIMESTAMPTZ)
                        >= try_cast(d.payload ->> 'Modified_Time' AS TIMESTAMPTZ), TRUE)
            )
    )
)

SELECT md5(concat_ws(chr(31), vendor, vendor_id, kind)) AS engagement_id, *
FROM events
WHERE occurred_at IS NOT NULL AND record_id IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY vendor, vendor_id, kind ORDER BY received_at, raw_ref) = 1
