-- One row per publication of these tables: the one they came with.
SELECT
    $workspace AS workspace,
    $built_at::TIMESTAMPTZ AS built_at,
    $run_id AS run_id,
    $as_of::DATE AS as_of,
    NOT EXISTS (
        SELECT 1
        FROM crm.zoho__writes
        WHERE state IN ('planned', 'claimed', 'sent')
    )
    AND NOT EXISTS (
        SELECT 1
        FROM outreach.ghl__writes
        WHERE state IN ('planned', 'claimed', 'sent')
    ) AS is_complete,
    $leadflow_version AS leadflow_version,
    $rules_version AS rules_version,
    $time_zone AS time_zone
