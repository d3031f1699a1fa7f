-- The days from which the model looks back: yesterday, the last whole one, and every thirty days before; `ago` is 0 for
-- yesterday.
SELECT ago, date_add('day', -30 * ago - 1, current_date) AS snapshot
FROM (VALUES 0, 1, 2, 3, 4, 5, 6) AS t (ago)
