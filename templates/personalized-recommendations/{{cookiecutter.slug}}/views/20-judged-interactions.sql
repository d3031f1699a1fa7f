-- Every row with what is wrong with it; of an event that is there more than once, one row is without a fault.
-- The order of arrival means nothing: the time is that at which an event happened.
WITH robots AS (
  SELECT DISTINCT user_id
  FROM all_interactions
  GROUP BY user_id, substr(event_time, 1, 10)
  HAVING count(DISTINCT event_id) > 300
), numbered AS (
  SELECT event_id, user_id, item_id, event_type, event_time, tracked,
    row_number() OVER (PARTITION BY event_id ORDER BY tracked DESC, event_time) AS nth
  FROM all_interactions
)
SELECT n.event_id, n.user_id, n.item_id, n.event_type, n.event_time, n.tracked,
  CASE
    WHEN n.nth > 1 THEN 'duplicate'
    WHEN r.user_id IS NOT NULL THEN 'robot'
    WHEN i.item_id IS NULL THEN 'item is gone'
    WHEN try(from_iso8601_timestamp(n.event_time)) IS NULL THEN 'no time'
    WHEN try(from_iso8601_timestamp(n.event_time)) > current_timestamp + INTERVAL '1' DAY THEN 'wrong clock'
    WHEN n.event_type NOT IN ('view', 'cart', 'purchase') THEN 'unknown type'
  END AS fault
FROM numbered n
LEFT JOIN robots r ON n.user_id = r.user_id
LEFT JOIN items i ON n.item_id = i.item_id
