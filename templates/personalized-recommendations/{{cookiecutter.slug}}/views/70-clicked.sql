-- Of the personal answers of each variant of the A/B split, how many led to an event.
SELECT a.variant, count(DISTINCT a.recommendation_id) AS answers, count(DISTINCT e.recommendation_id) AS with_event
FROM answers a
LEFT JOIN events e ON a.recommendation_id = e.recommendation_id
WHERE a.kind = 'for-you'
GROUP BY a.variant
