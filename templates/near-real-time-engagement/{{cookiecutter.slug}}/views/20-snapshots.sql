-- The days from which the model looks back: today, and every thirty days before; `ago` is 0 for today.
SELECT ago, date_add('day', -30 * ago, current_date) AS snapshot
FROM (VALUES 0, 1, 2, 3, 4, 5, 6) AS t (ago)
