-- Fails when a person has two accounts that won, or one that is not there.
SELECT match.person_key, count(*) AS accounts
FROM identity.account_matches AS match
LEFT JOIN staging.crm_companies AS account
    ON match.account_id = account.record_id AND account.vendor = 'zoho' AND NOT coalesce(account.is_deleted, FALSE)
WHERE match.is_winner
GROUP BY match.person_key
HAVING count(*) > 1 OR count(account.record_id) < count(*)
