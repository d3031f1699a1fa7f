-- How fast cards are used: the most payments of a card within an hour, and what they came to.
SELECT
  card,
  max(payments_in_an_hour) AS payments_in_an_hour,
  max_by(amount_in_an_hour, payments_in_an_hour) AS amount_in_an_hour,
  max_by(time, payments_in_an_hour) AS until,
  count(*) AS payments,
  count_if(decision = 'review') AS held_back,
  round(max(score), 4) AS highest_score
FROM (
  SELECT
    card,
    time,
    score,
    decision,
    count(*) OVER last_hour AS payments_in_an_hour,
    round(sum(amount) OVER last_hour, 2) AS amount_in_an_hour
  FROM (SELECT *, to_unixtime(from_iso8601_timestamp(time)) AS seconds FROM transactions) AS timed
  WINDOW last_hour AS (PARTITION BY card ORDER BY seconds RANGE BETWEEN 3600 PRECEDING AND CURRENT ROW)
) AS windows
GROUP BY card
