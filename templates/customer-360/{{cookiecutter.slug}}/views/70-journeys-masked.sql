-- What a customer did before they bought: of each purchase the visits and pages of the 30 days before it, by number and
-- by the way they came. Who may not be profiled has no row.
SELECT
    b.customer_id,
    b.event_id AS purchase,
    b.kind,
    CAST(b.at AS DATE) AS day,
    sum(CASE WHEN v.kind = 'session' THEN v.quantity ELSE 0 END) AS visits,
    sum(CASE WHEN v.kind = 'page' THEN v.quantity ELSE 0 END) AS pages,
    max_by(v.detail, v.at) FILTER (WHERE v.kind = 'session') AS last_came_by
FROM interactions AS b
INNER JOIN customers AS c ON b.customer_id = c.customer_id AND c.profiling
LEFT JOIN interactions AS v
    ON b.customer_id = v.customer_id
    AND v.kind IN ('session', 'page')
    AND v.at <= b.at
    AND v.at > b.at - INTERVAL '30' DAY
WHERE b.kind IN ('order', 'invoice')
GROUP BY b.customer_id, b.event_id, b.kind, CAST(b.at AS DATE)
