-- What was decided about the payments of each day, by which model, and how high they scored.
SELECT
  substr(time, 1, 10) AS day,
  count(*) AS payments,
  count_if(decision = 'review') AS held_back,
  count_if(held_by LIKE '%fraud%') AS by_classifier,
  count_if(held_by LIKE '%anomaly%') AS by_forest,
  round(sum(CASE WHEN decision = 'review' THEN amount ELSE 0 END), 2) AS amount_held_back,
  round(avg(score), 5) AS mean_score
FROM transactions
GROUP BY substr(time, 1, 10)
