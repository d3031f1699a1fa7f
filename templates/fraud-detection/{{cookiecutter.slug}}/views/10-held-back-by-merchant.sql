-- Where payments are held back: merchants with the share of their payments that were, and what is at stake.
SELECT
  merchant,
  max(category) AS category,
  count(*) AS payments,
  count_if(decision = 'review') AS held_back,
  round(100.0 * count_if(decision = 'review') / count(*), 1) AS percent_held_back,
  round(sum(CASE WHEN decision = 'review' THEN amount ELSE 0 END), 2) AS amount_held_back,
  count(DISTINCT CASE WHEN decision = 'review' THEN card END) AS cards_held_back
FROM transactions
GROUP BY merchant
HAVING count_if(decision = 'review') > 0
