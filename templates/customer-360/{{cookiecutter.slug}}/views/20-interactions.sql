-- The newest version of everything that a customer did, unless it was deleted at its source. Without a customer it is
-- of a visitor who has not signed in, or of a record that no system holds any more.
WITH newest AS (
    SELECT
        e.*,
        row_number() OVER (PARTITION BY e.origin, e.event_id ORDER BY e.changed_at DESC NULLS LAST, e.deleted) AS place
    FROM event_versions AS e
)

SELECT
    n.origin,
    n.event_id,
    n.kind,
    n.at,
    n.amount,
    n.quantity,
    n.detail,
    n.record_id,
    c.customer_id,
    CASE
        WHEN c.customer_id IS NOT NULL THEN 'of a customer'
        WHEN n.record_id IS NULL THEN 'anonymous'
        ELSE 'of an unknown record'
    END AS belongs
FROM newest AS n
LEFT JOIN clusters AS c ON n.record_id = c.record_id
WHERE n.place = 1 AND NOT n.deleted
