-- History and live events in one shape.
SELECT event_id, user_id, item_id, event_type, event_time, false AS tracked
FROM landed_interactions
UNION ALL
SELECT event_id, user_id, item_id, event_type, event_time, tracked
FROM events
