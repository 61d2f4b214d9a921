-- One row per thing that happened between a person and us.
WITH enrolments AS (
    SELECT
        w.* REPLACE (
            coalesce(r.new_key, w.person_key) AS person_key,
            -- A business day may be ahead of the clock (in the sandbox days pass in seconds): it happened on that day.
            w.settled_at + to_days(greatest(coalesce(w.as_of - w.settled_at::DATE, 0), 0)::INTEGER) AS settled_at,
            w.sent_at + to_days(greatest(coalesce(w.as_of - w.sent_at::DATE, 0), 0)::INTEGER) AS sent_at
        )
    FROM outreach.ghl__writes AS w
    LEFT JOIN identity.redirects AS r ON r.old_key = w.person_key
    WHERE
        (w.operation IN ('add_tags', 'enrol') AND w.state = 'confirmed')
        -- Perhaps made: what comes of it was ordered by us.
        OR (w.operation = 'enrol' AND w.state = 'lost')
),

orders AS (
    SELECT
        person_key,
        min(CASE WHEN operation = 'enrol' THEN least(sent_at, settled_at) ELSE settled_at END) AS ordered_at,
        -- A message names no workflow: it is told where the person is in one only.
        CASE
            WHEN count(DISTINCT payload ->> 'workflow') = 1 THEN min(payload ->> 'workflow')
        END AS workflow_id,
        min(least(sent_at, settled_at)) FILTER (operation = 'enrol') AS entered_at
    FROM enrolments
    GROUP BY person_key
),

happened AS (
    SELECT
        e.engagement_id AS touch_id, m.person_key, e.occurred_at, e.received_at, e.kind, e.direction, e.channel,
        coalesce(e.is_human, FALSE) AS is_human, e.campaign,
        coalesce(
            e.workflow_id,
            CASE
                WHEN
                    e.direction = 'out' AND e.channel IN ('email', 'sms')
                    AND o.entered_at <= e.occurred_at AND coalesce(e.sent_by, 'workflow') = 'workflow'
                    THEN o.workflow_id
            END
        ) AS workflow_id,
        e.sending_domain,
        CASE
            WHEN e.direction = 'out' AND e.channel IN ('email', 'sms')
                -- Enrolment starts workflows; what a person typed, or a campaign sent, is not of our doing.
                THEN coalesce(o.ordered_at <= e.occurred_at AND coalesce(e.sent_by, 'workflow') = 'workflow', FALSE)
        END AS is_ordered_by_us,
        e.value, e.currency, e.vendor, e.vendor_id, e.raw_ref
    FROM staging.engagements AS e
    LEFT JOIN identity.members AS m
        ON m.source = e.vendor || ':' || e.object AND m.source_id = e.record_id
    LEFT JOIN orders AS o ON o.person_key = m.person_key
    UNION ALL BY NAME
    SELECT
        intent_id AS touch_id, person_key, settled_at AS occurred_at, settled_at AS received_at,
        'enrolled' AS kind, 'out' AS direction, 'crm' AS channel, FALSE AS is_human,
        coalesce(payload ->> 'name', json_extract_string(payload, '$.tags[0]')) AS campaign,
        payload ->> 'workflow' AS workflow_id, payload ->> 'segment' AS ordered_for, TRUE AS is_ordered_by_us,
        vendor, record_id AS vendor_id, 'intent/' || intent_id AS raw_ref
    FROM enrolments
    WHERE state = 'confirmed'
)

SELECT
    $workspace AS workspace,
    t.touch_id,
    t.person_key,
    p.company_key,
    t.occurred_at,
    (t.occurred_at AT TIME ZONE $time_zone)::DATE AS occurred_day,
    t.received_at,
    t.kind,
    t.direction,
    t.channel,
    t.is_human,
    t.campaign,
    t.workflow_id,
    coalesce(t.ordered_for, o.segment, CASE WHEN g.valid_to IS NULL OR t.occurred_at < g.valid_to THEN g.segment END) AS segment,
    t.sending_domain,
    t.is_ordered_by_us,
    h.grade AS grade_then,
    t.value,
    t.currency,
    t.vendor,
    t.vendor_id,
    t.raw_ref
FROM happened AS t
LEFT JOIN identity.people AS p ON p.person_key = t.person_key
LEFT JOIN (
    SELECT tag, min(segment) AS segment
    FROM "qualify".tags
    GROUP BY tag
) AS o ON t.kind = 'enrolled' AND o.tag = t.campaign
ASOF LEFT JOIN "qualify".segment_history AS g
    ON g.person_key = t.person_key AND t.occurred_at >= g.valid_from
ASOF LEFT JOIN "qualify".score_history AS h
    ON h.person_key = t.person_key AND t.occurred_at >= h.valid_from
