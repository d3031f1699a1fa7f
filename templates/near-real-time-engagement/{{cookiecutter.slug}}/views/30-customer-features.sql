-- What was known of each active customer on a day, and whether the thirty days after it brought no order.
-- Active is who ordered in the ninety days before. Nothing of what follows the day is in the features, and nothing that
-- only the calendar of our own messages decides, such as their number.
WITH orders AS (
  SELECT customer, CAST(substr(at, 1, 10) AS date) AS day, amount FROM activity WHERE type = 'order'
),
reactions AS (
  SELECT customer, type, CAST(substr(at, 1, 10) AS date) AS day
  FROM engagement
  WHERE type IN ('delivery', 'open', 'click') AND kind = 'marketing'
),
bought AS (
  SELECT
    s.ago,
    s.snapshot,
    o.customer,
    date_diff('day', max(CASE WHEN o.day <= s.snapshot THEN o.day END), s.snapshot) AS days_since_order,
    sum(CASE WHEN o.day <= s.snapshot THEN 1 ELSE 0 END) AS orders_90,
    sum(CASE WHEN o.day <= s.snapshot AND o.day > date_add('day', -30, s.snapshot) THEN 1 ELSE 0 END) AS orders_30,
    sum(CASE WHEN o.day <= s.snapshot THEN o.amount ELSE 0 END) AS spend_90,
    sum(CASE WHEN o.day > s.snapshot THEN 1 ELSE 0 END) AS orders_after
  FROM snapshots s
  JOIN orders o
    ON o.day > date_add('day', -90, s.snapshot) AND o.day <= date_add('day', 30, s.snapshot)
  GROUP BY s.ago, s.snapshot, o.customer
),
reacted AS (
  SELECT
    s.ago,
    r.customer,
    sum(CASE WHEN r.type = 'delivery' THEN 1 ELSE 0 END) AS emails_90,
    sum(CASE WHEN r.type = 'open' THEN 1 ELSE 0 END) AS opens_90,
    sum(CASE WHEN r.type = 'open' AND r.day > date_add('day', -30, s.snapshot) THEN 1 ELSE 0 END) AS opens_30,
    sum(CASE WHEN r.type = 'click' THEN 1 ELSE 0 END) AS clicks_90,
    date_diff('day', max(CASE WHEN r.type = 'open' THEN r.day END), s.snapshot) AS days_since_open
  FROM snapshots s
  JOIN reactions r ON r.day > date_add('day', -90, s.snapshot) AND r.day <= s.snapshot
  GROUP BY s.ago, s.snapshot, r.customer
)
SELECT
  b.ago,
  b.snapshot,
  b.customer,
  CASE WHEN b.orders_after = 0 THEN 1 ELSE 0 END AS churned,
  date_diff('day', CAST(c.since AS date), b.snapshot) AS tenure_days,
  b.days_since_order,
  b.orders_90,
  b.orders_30,
  b.spend_90,
  CASE WHEN r.emails_90 > 0 THEN CAST(r.opens_90 AS double) / r.emails_90 ELSE 0.0 END AS open_rate_90,
  coalesce(r.opens_90, 0) AS opens_90,
  coalesce(r.opens_30, 0) AS opens_30,
  coalesce(r.clicks_90, 0) AS clicks_90,
  coalesce(r.days_since_open, 90) AS days_since_open
FROM bought b
JOIN customers c ON c.customer = b.customer
LEFT JOIN reacted r ON r.ago = b.ago AND r.customer = b.customer
WHERE b.orders_90 > 0
