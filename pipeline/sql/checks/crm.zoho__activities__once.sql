-- Fails when an event has two tasks or two notes in Zoho, or one that is there without an id.
SELECT kind, reference, count(*) AS rows
FROM crm.zoho__activities
WHERE state = 'confirmed'
GROUP BY kind, reference
HAVING count(*) > 1 OR count(activity_id) = 0
