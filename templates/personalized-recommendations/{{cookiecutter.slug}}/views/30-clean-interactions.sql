SELECT event_id, user_id, item_id, event_type, event_time, tracked
FROM judged_interactions
WHERE fault IS NULL
