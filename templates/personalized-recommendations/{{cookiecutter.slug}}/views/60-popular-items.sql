-- What is asked for most, with what the fallback has to know of it: an event of four weeks ago counts half.
WITH newest AS (SELECT max(from_iso8601_timestamp(event_time)) AS moment FROM clean_interactions)
SELECT i.item_id, i.category, i.min_age, i.available,
  round(sum(pow(0.5, date_diff('day', from_iso8601_timestamp(c.event_time), n.moment) / 28.0)), 4) AS score
FROM clean_interactions c
JOIN items i ON c.item_id = i.item_id
CROSS JOIN newest n
GROUP BY i.item_id, i.category, i.min_age, i.available
