-- Every event once: delivery to the lake is at least once.
SELECT event_id, type, at, message, campaign, customer, channel, kind, reason, link, sent_at, received_at, dt
FROM (
  SELECT *, row_number() OVER (PARTITION BY event_id ORDER BY received_at) AS place
  FROM engagement_events
)
WHERE place = 1
