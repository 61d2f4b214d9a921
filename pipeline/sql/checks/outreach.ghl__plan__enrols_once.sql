-- Fails when a plan would enrol somebody once more who was enrolled under the same reference, or may have been.
SELECT plan.plan_hash, plan.person_key, plan.record_id, plan.field AS reference, writes.state
FROM outreach.ghl__plan AS plan
INNER JOIN outreach.ghl__writes AS writes
    ON writes.operation = 'enrol' AND writes.payload ->> 'reference' = plan.field
WHERE
    plan.action = 'enrol'
    AND writes.plan_hash <> plan.plan_hash
    AND writes.state IN ('claimed', 'sent', 'confirmed', 'lost')
