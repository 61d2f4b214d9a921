-- Fails when a suppression lacks its subject or speaks of an unknown scope, channel or kind.
SELECT scope, channel, kind, source
FROM "qualify".suppressions
WHERE
    subject IS NULL OR since IS NULL
    OR scope NOT IN ('person', 'address', 'domain', 'phone')
    OR channel NOT IN ('email', 'sms', 'call', 'all')
    OR kind NOT IN ('optout', 'complaint', 'bounce', 'customer', 'open_deal', 'competitor', 'country', 'policy')
