-- One row: what was spent in all, and on how many replies, meetings and won deals, since then, of the people it was spent on.
SELECT
    coalesce(fsum(usd), 0) AS usd,
    coalesce(sum(people_replied), 0) AS replied,
    coalesce(sum(people_met), 0) AS met,
    coalesce(sum(people_won), 0) AS won
FROM reports.costs
