-- What was taken out, and why.
SELECT coalesce(fault, 'kept') AS outcome, count(*) AS interactions
FROM judged_interactions
GROUP BY 1
