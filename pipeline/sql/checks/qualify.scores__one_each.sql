-- Fails when a person has no score, two of them, or one out of bounds.
SELECT p.person_key, count(s.person_key) AS scores
FROM identity.people AS p
LEFT JOIN "qualify".scores AS s ON
    s.person_key = p.person_key
    AND s.account_fit BETWEEN 0 AND 100 AND s.persona_influence BETWEEN 0 AND 100
    AND s.engagement BETWEEN 0 AND 100 AND s.score BETWEEN 0 AND 100 AND s.grade IN ('A', 'B', 'C', 'D')
GROUP BY p.person_key
HAVING count(s.person_key) <> 1
