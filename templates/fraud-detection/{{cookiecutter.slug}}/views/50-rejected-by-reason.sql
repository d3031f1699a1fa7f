-- What got no score, and why: who has to be called, and whether something is broken.
SELECT
  dt AS day,
  reason,
  detail,
  count(*) AS requests,
  count(DISTINCT id) AS known_ids,
  max(received_at) AS last_one
FROM rejected_transactions
GROUP BY dt, reason, detail
