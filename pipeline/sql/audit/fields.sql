-- One row per field of a platform's people: in how many records it is filled.
WITH totals AS (
    SELECT vendor, object, count(*) AS records
    FROM audit_records
    GROUP BY vendor, object
),

cells AS (
    SELECT vendor, object, unnest(map_entries(payload::MAP(VARCHAR, JSON))) AS cell
    FROM audit_records
),

counted AS (
    SELECT
        vendor, object, cell.key AS field,
        count(*) FILTER (cell.value IS NOT NULL AND trim(cell.value::VARCHAR) NOT IN ('null', '""', '[]', '{}', ''))
            AS filled
    FROM cells
    GROUP BY vendor, object, cell.key
),

known AS (
    SELECT
        'zoho' AS vendor, context ->> 'module' AS object, payload ->> 'api_name' AS field,
        max(payload ->> 'field_label') AS label
    FROM raw.zoho__metadata
    WHERE context ->> 'kind' = 'field' AND coalesce(payload ->> 'read_only', 'false') <> 'true'
    GROUP BY ALL
    UNION ALL
    SELECT
        'ghl', 'contact', 'customFields.' || regexp_replace(payload ->> 'fieldKey', '^contact\.', ''),
        max(payload ->> 'name')
    FROM raw.ghl__metadata
    WHERE context ->> 'kind' = 'custom_field' AND payload ->> 'fieldKey' IS NOT NULL
    GROUP BY ALL
    UNION ALL
    -- Absent where nobody is assigned: no finding (see owners.sql), but to be seen.
    SELECT 'ghl', 'contact', 'assignedTo', 'Assigned to'
),

everything AS (
    SELECT vendor, object, field FROM counted
    UNION
    SELECT vendor, object, field FROM known
)

SELECT
    everything.vendor,
    everything.object,
    everything.field,
    known.label,
    totals.records,
    coalesce(counted.filled, 0) AS filled,
    round(100.0 * coalesce(counted.filled, 0) / totals.records, 1) AS filled_pct
FROM everything
INNER JOIN totals USING (vendor, object)
LEFT JOIN counted USING (vendor, object, field)
LEFT JOIN known USING (vendor, object, field)
WHERE everything.field NOT LIKE '$%' AND NOT list_contains($bookkeeping::VARCHAR[], everything.field)
ORDER BY everything.vendor DESC, everything.object, filled_pct, everything.field
