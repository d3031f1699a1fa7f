-- What there is to learn from, by the measures for which Amazon Personalize publishes a minimum.
SELECT coalesce(sum(events), 0) AS interactions, count_if(events > 1) AS users_with_two, count(*) AS users
FROM (SELECT user_id, count(*) AS events FROM clean_interactions GROUP BY user_id)
