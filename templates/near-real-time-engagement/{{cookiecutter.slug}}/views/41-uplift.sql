-- Who of a campaign ordered after it was started: those who were to get its message, and the control group.
WITH members AS (
  SELECT campaign, customer, type AS part, min(at) AS since
  FROM engagement
  WHERE type IN ('intended', 'control') AND kind = 'marketing'
  GROUP BY campaign, customer, type
),
ordered AS (
  SELECT m.campaign, m.customer, m.part, max(CASE WHEN a.at > m.since THEN 1 ELSE 0 END) AS ordered
  FROM members m
  LEFT JOIN activity a ON a.customer = m.customer AND a.type = 'order'
  GROUP BY m.campaign, m.customer, m.part
)
SELECT
  campaign,
  sum(CASE WHEN part = 'intended' THEN 1 ELSE 0 END) AS treated,
  sum(CASE WHEN part = 'intended' THEN ordered ELSE 0 END) AS treated_ordered,
  sum(CASE WHEN part = 'control' THEN 1 ELSE 0 END) AS control,
  sum(CASE WHEN part = 'control' THEN ordered ELSE 0 END) AS control_ordered
FROM ordered
GROUP BY campaign
