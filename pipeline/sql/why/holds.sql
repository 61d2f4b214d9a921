-- One row per thing that holds the person back.
SELECT channel, kind, is_optout, is_crm_held, reason, source, since
FROM "qualify".holds
WHERE list_contains($keys, person_key)
ORDER BY since, channel, kind
