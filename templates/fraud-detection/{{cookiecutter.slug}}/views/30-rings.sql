-- Possible rings: merchants at which payments of several cards were held back within two days. One row a merchant, for
-- the two days in which most cards were, and of those the ones with most payments.
SELECT merchant, cards, payments, amount, since
FROM (
  SELECT *, row_number() OVER (PARTITION BY merchant ORDER BY cards DESC, payments DESC, since) AS place
  FROM (
    SELECT
      first_one.merchant,
      first_one.time AS since,
      count(DISTINCT later.card) AS cards,
      count(*) AS payments,
      round(sum(later.amount), 2) AS amount
    FROM transactions AS first_one
    JOIN transactions AS later
      ON first_one.merchant = later.merchant
      AND to_unixtime(from_iso8601_timestamp(later.time)) - to_unixtime(from_iso8601_timestamp(first_one.time))
        BETWEEN 0 AND 172800
    WHERE first_one.decision = 'review' AND later.decision = 'review'
    GROUP BY first_one.id, first_one.merchant, first_one.time
  ) AS spans
  WHERE cards >= 2
) AS ranked
WHERE place = 1
