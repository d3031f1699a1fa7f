-- Every activity once.
SELECT id, type, customer, at, amount, received_at, dt
FROM (
  SELECT *, row_number() OVER (PARTITION BY id ORDER BY received_at) AS place
  FROM customer_activity
)
WHERE place = 1
