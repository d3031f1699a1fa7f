-- What could not be used, by table and reason.
SELECT
    'person' AS kind,
    origin,
    reason,
    id,
    line
FROM quarantined_persons
UNION ALL
SELECT
    'event' AS kind,
    origin,
    reason,
    id,
    line
FROM quarantined_events
