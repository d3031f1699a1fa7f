-- Transactions that stand in scored_transactions more than once, by the day on which the last copy arrived.
SELECT max(dt) AS day, id, count(*) AS copies, min(scored_at) AS first_scored, max(scored_at) AS last_scored
FROM scored_transactions
GROUP BY id
HAVING count(*) > 1
